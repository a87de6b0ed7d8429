//! What is done in one step where there is nothing but Redis. All keys of the ledger lie in one slot; every answer begins with who answers.
//!
//! `facts` is a hash of how much each key must be at least (20 digits), until when that is kept (20 digits), and its number; `log` has the keys
//! by their numbers, `ends` by their ends. `lanes` has the number of the last fact (`f`) and, of each lane of events, the number and the digest
//! of the last one (`e1`, `d1`). Digits are compared as text: the numbers of Lua end at 2^53.

use redis::Script;

/// Who answers: another one after a restart and after a failover.
const WHO: &str = "
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
local who = (info:match('run_id:(%w+)') or '') .. (info:match('master_replid:(%w+)') or '')
";

/// `KEYS` lanes, facts, log, ends, the events of a lane, the hash that is changed with it, the name; `ARGV` whether it shall be done, how long
/// its name is remembered, the lane, the number and the digest of its last event before and the digest after, how many events are kept, how
/// many facts, events and changes there are, and these: key, at least, until, whether it must rise; an event; field, before, after.
/// The first write is one that a server without room refuses: then nothing was written.
const COMMIT: &str = "
local decided = redis.call('GET', KEYS[7])
local head = redis.call('HGET', KEYS[1], 'f') or '0'
if decided then return {who, decided == '1' and 'done' or 'off', head} end
local facts, events, changes = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local may = ARGV[1] == '1'
local at = 11
for _ = 1, facts do
  local old = redis.call('HGET', KEYS[2], ARGV[at])
  if ARGV[at + 3] == '1' and old and old:sub(1, 20) >= ARGV[at + 1] then may = false end
  at = at + 4
end
if not may then
  redis.call('SET', KEYS[7], '0', 'PX', ARGV[2])
  return {who, 'off', head}
end
local last = '0'
if events > 0 then
  last = redis.call('HGET', KEYS[1], 'e' .. ARGV[3]) or '0'
  local digest = redis.call('HGET', KEYS[1], 'd' .. ARGV[3]) or ''
  if last ~= ARGV[4] or digest ~= ARGV[5] then return {who, 'behind', last, digest} end
end
at = at + events
for _ = 1, changes do
  if (redis.call('HGET', KEYS[6], ARGV[at]) or '') ~= ARGV[at + 1] then return {who, 'differs'} end
  at = at + 3
end
redis.call('SET', KEYS[7], '1', 'PX', ARGV[2])
local seq = tonumber(head)
at = 11
for _ = 1, facts do
  local key, least, til = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local old = redis.call('HGET', KEYS[2], key)
  local grows = true
  if old then
    local old_least, old_til = old:sub(1, 20), old:sub(21, 40)
    grows = least > old_least or til > old_til
    if old_least > least then least = old_least end
    if old_til > til then til = old_til end
  end
  if grows then
    seq = seq + 1
    local place = string.format('%.0f', seq)
    redis.call('HSET', KEYS[2], key, least .. til .. place)
    redis.call('ZADD', KEYS[3], place, key)
    if til == '09223372036854775807' then
      redis.call('ZREM', KEYS[4], key)
    else
      redis.call('ZADD', KEYS[4], til, key)
    end
  end
  at = at + 4
end
head = string.format('%.0f', seq)
redis.call('HSET', KEYS[1], 'f', head)
local number = tonumber(last)
for _ = 1, events do
  number = number + 1
  redis.call('HSET', KEYS[5], string.format('%.0f', number), ARGV[at])
  redis.call('HDEL', KEYS[5], string.format('%.0f', number - tonumber(ARGV[7])))
  at = at + 1
end
if events > 0 then
  redis.call('HSET', KEYS[1], 'e' .. ARGV[3], string.format('%.0f', number), 'd' .. ARGV[3], ARGV[6])
end
for _ = 1, changes do
  redis.call('HSET', KEYS[6], ARGV[at], ARGV[at + 2])
  at = at + 3
end
return {who, 'done', head}
";

/// `KEYS` lanes, facts, log, processes; `ARGV` the number of the last fact that is known, how many are wanted, and who is there, if they say so.
/// Answers the head, and key and fact in turn. A process that says so writes: who was made a replica proves nothing.
const LOOK: &str = "
if ARGV[3] ~= '' then
  local now = redis.call('TIME')
  redis.call('HSET', KEYS[4], 's' .. ARGV[3], now[1] * 1000 + math.floor(now[2] / 1000))
end
local found = {who, redis.call('HGET', KEYS[1], 'f') or '0'}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('HGET', KEYS[2], key)
end
return found
";

/// `KEYS` facts, log, ends; `ARGV` now, and how many at most.
const FORGET: &str = "
local over = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(over) do
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
return {who, tostring(#over)}
";

/// `KEYS` the processes; `ARGV` who speaks, and what is said, or nothing to listen. One that has been silent for a day is forgotten. Answers
/// the time, and everything that is known.
const SPEAK: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] then redis.call('HSET', KEYS[1], 'b' .. ARGV[1], ARGV[2], 's' .. ARGV[1], now) end
local all = redis.call('HGETALL', KEYS[1])
local found = {who, string.format('%.0f', now)}
local gone = {}
for at = 1, #all, 2 do
  if all[at]:sub(1, 1) == 's' and now - tonumber(all[at + 1]) > 86400000 then
    gone[#gone + 1] = all[at]
    gone[#gone + 1] = 'b' .. all[at]:sub(2)
  end
  found[#found + 1] = all[at]
  found[#found + 1] = all[at + 1]
end
if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
return found
";

/// The scripts of the ledger, ready to be run.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) commit: Script,
    pub(super) look: Script,
    pub(super) forget: Script,
    pub(super) speak: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |what: &str| Script::new(&[WHO, what].concat());
        Self { commit: script(COMMIT), look: script(LOOK), forget: script(FORGET), speak: script(SPEAK) }
    }
}
