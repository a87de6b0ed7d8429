//! What is done in one step: each script touches one key, so it does not matter where keys lie.
//!
//! A cell is a hash: `r` the change that made it, `v` what is in it; while it is claimed `c` by whom, `a` what it shall be (missing: nothing),
//! `k` how long that is needed, in milliseconds. Each script answers the same when it is run twice.

use redis::Script;

/// `KEYS` the cell; `ARGV` the change, the revision it was decided by (or nothing), how long it is needed, and what it shall be, if anything.
const CLAIM: &str = "
local found = redis.call('HMGET', KEYS[1], 'r', 'c')
if found[2] then
  if found[2] == ARGV[1] then return 1 end
  return 0
end
if (found[1] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'c', ARGV[1], 'k', ARGV[3])
if ARGV[4] then redis.call('HSET', KEYS[1], 'a', ARGV[4]) end
if not found[1] then redis.call('PEXPIRE', KEYS[1], 3600000) end
return 1
";

/// `KEYS` the cell; `ARGV` the change. Answers 1 if the cell is what the change made of it, 2 if there is nothing, 0 if it is another one's.
const APPLY: &str = "
local found = redis.call('HMGET', KEYS[1], 'c', 'a', 'k', 'r')
if found[1] ~= ARGV[1] then
  if found[4] == ARGV[1] then return 1 end
  if not found[4] then return 2 end
  return 0
end
if not found[2] then
  redis.call('DEL', KEYS[1])
  return 2
end
redis.call('HSET', KEYS[1], 'r', ARGV[1], 'v', found[2])
redis.call('HDEL', KEYS[1], 'c', 'a', 'k')
if not found[4] or redis.call('PTTL', KEYS[1]) < tonumber(found[3]) then
  redis.call('PEXPIRE', KEYS[1], found[3])
end
return 1
";

/// `KEYS` the cell; `ARGV` the change.
const RELEASE: &str = "
local found = redis.call('HMGET', KEYS[1], 'c', 'r')
if found[1] ~= ARGV[1] then return 0 end
if found[2] then
  redis.call('HDEL', KEYS[1], 'c', 'a', 'k')
else
  redis.call('DEL', KEYS[1])
end
return 1
";

/// `KEYS` the cell; `ARGV` what was in it. What is no cell is taken away whatever is in it.
const DISCARD: &str = "
local found = redis.pcall('HMGET', KEYS[1], 'r', 'v')
if found.err or ((found[1] or '') == ARGV[1] and (found[2] or '') == ARGV[2]) then return redis.call('DEL', KEYS[1]) end
return 0
";

/// As to claim and to apply at once.
const SWAP: &str = "
local found = redis.call('HMGET', KEYS[1], 'r', 'c')
if found[1] == ARGV[1] then return 1 end
if found[2] or (found[1] or '') ~= ARGV[2] then return 0 end
if not ARGV[4] then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HSET', KEYS[1], 'r', ARGV[1], 'v', ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
";

/// A bucket as `cloakroom_store::throttle::weigh` weighs it. `KEYS` the bucket; `ARGV` now, how often one comes back, how many there may be.
/// Answers whether one was taken, and when it is full, or when there is one again.
const TAKE: &str = "
local now, every, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[2]) * tonumber(ARGV[3])
local full = tonumber(redis.call('GET', KEYS[1]) or '')
if not full or full - most > now + most then full = now end
full = math.min(math.max(full, now), now + most) + every
if full - now > most then return {0, string.format('%.0f', full - most)} end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', full - now + 60000))
return {1, string.format('%.0f', full)}
";

/// `KEYS` the bucket; `ARGV` how often one comes back.
const GIVE_BACK: &str = "
local full = tonumber(redis.call('GET', KEYS[1]) or '')
if full then redis.call('SET', KEYS[1], string.format('%.0f', full - tonumber(ARGV[1])), 'KEEPTTL') end
return 1
";

/// Whether this server is the one that was written to before. `KEYS` where that is kept; `ARGV` who it is, and now. Answers since when it is
/// this one.
const RECOGNISE: &str = "
local found = redis.call('HMGET', KEYS[1], 'who', 'since')
if found[1] == ARGV[1] then return found[2] end
redis.call('HSET', KEYS[1], 'who', ARGV[1], 'since', ARGV[2])
return ARGV[2]
";

/// The scripts, ready to be run.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub(crate) claim: Script,
    pub(crate) apply: Script,
    pub(crate) release: Script,
    pub(crate) discard: Script,
    pub(crate) swap: Script,
    pub(crate) take: Script,
    pub(crate) give_back: Script,
    pub(crate) recognise: Script,
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self {
            claim: Script::new(CLAIM),
            apply: Script::new(APPLY),
            release: Script::new(RELEASE),
            discard: Script::new(DISCARD),
            swap: Script::new(SWAP),
            take: Script::new(TAKE),
            give_back: Script::new(GIVE_BACK),
            recognise: Script::new(RECOGNISE),
        }
    }
}
