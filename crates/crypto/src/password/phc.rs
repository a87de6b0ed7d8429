//! Text forms of stored hashes: PHC strings, modular crypt, and Django's.

use super::fast::Fast;
use data_encoding::{BASE64, BASE64_NOPAD};

/// A stored hash taken apart, costs not yet judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored<'a> {
    Argon2 { kind: argon2::Algorithm, version: u32, m: u32, t: u32, p: u32, salt: Vec<u8>, hash: Vec<u8> },
    Bcrypt { text: &'a str, cost: u32, sha256_first: bool },
    Scrypt { log_n: u32, r: u32, p: u32, salt: Vec<u8>, hash: Vec<u8> },
    Pbkdf2 { digest: Pbkdf2Digest, rounds: u32, salt: Vec<u8>, hash: Vec<u8> },
    Wrapped { how: Fast, inner: Box<Stored<'a>> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pbkdf2Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Pbkdf2Digest {
    fn of(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

fn b64(text: &str) -> Option<Vec<u8>> {
    BASE64_NOPAD.decode(text.as_bytes()).ok()
}

/// A cost written as digits, nothing else.
fn cost(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn named(parameters: &str, names: [&str; 3]) -> Option<[u32; 3]> {
    let mut parts = parameters.split(',');
    let mut next = |name: &str| cost(parts.next()?.strip_prefix(name)?.strip_prefix('=')?);
    let [one, two, three] = names;
    let found = [next(one)?, next(two)?, next(three)?];
    parts.next().is_none().then_some(found)
}

/// Recognises a stored hash. `None`: no form we know.
pub(super) fn parse(text: &str) -> Option<Stored<'_>> {
    match text.split_once('$')? {
        ("", rest) => phc(text, rest),
        ("argon2", rest) => phc(rest, rest),
        ("bcrypt", rest) => bcrypt(rest, false),
        ("bcrypt_sha256", rest) => bcrypt(rest, true),
        ("scrypt", rest) => django_scrypt(rest),
        (algorithm, rest) => django_pbkdf2(algorithm.strip_prefix("pbkdf2_")?, rest),
    }
}

fn phc<'a>(text: &'a str, rest: &'a str) -> Option<Stored<'a>> {
    let (name, rest) = rest.split_once('$')?;
    match name {
        "2a" | "2b" | "2y" | "2x" => bcrypt(text, false),
        "argon2id" => argon2(argon2::Algorithm::Argon2id, rest),
        "argon2i" => argon2(argon2::Algorithm::Argon2i, rest),
        "argon2d" => argon2(argon2::Algorithm::Argon2d, rest),
        "wrapped" => {
            let (how, inner) = Fast::wrapped(rest)?;
            let inner = inner.strip_prefix("argon2id$")?;
            Some(Stored::Wrapped { how, inner: Box::new(argon2(argon2::Algorithm::Argon2id, inner)?) })
        }
        "scrypt" => {
            let [parameters, salt, hash] = fields(rest)?;
            let [log_n, r, p] = named(parameters, ["ln", "r", "p"])?;
            Some(Stored::Scrypt { log_n, r, p, salt: b64(salt)?, hash: b64(hash)? })
        }
        _ => {
            let digest = Pbkdf2Digest::of(name.strip_prefix("pbkdf2-")?)?;
            let [parameters, salt, hash] = fields(rest)?;
            let rounds = cost(parameters.split(',').next()?.strip_prefix("i=")?)?;
            Some(Stored::Pbkdf2 { digest, rounds, salt: b64(salt)?, hash: b64(hash)? })
        }
    }
}

fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

fn argon2(kind: argon2::Algorithm, rest: &str) -> Option<Stored<'_>> {
    let (version, rest) = match rest.strip_prefix("v=") {
        Some(after) => after.split_once('$').and_then(|(version, rest)| Some((cost(version)?, rest)))?,
        None => (0x10, rest),
    };
    let [parameters, salt, hash] = fields(rest)?;
    let [m, t, p] = named(parameters, ["m", "t", "p"])?;
    Some(Stored::Argon2 { kind, version, m, t, p, salt: b64(salt)?, hash: b64(hash)? })
}

fn bcrypt(text: &str, sha256_first: bool) -> Option<Stored<'_>> {
    let after = text.strip_prefix('$')?.split_once('$')?.1;
    let (digits, rest) = after.split_once('$')?;
    let fits = digits.len() == 2 && rest.len() == 53;
    fits.then(|| Some(Stored::Bcrypt { text, cost: cost(digits)?, sha256_first })).flatten()
}

fn django_pbkdf2<'a>(digest: &str, rest: &str) -> Option<Stored<'a>> {
    let [rounds, salt, hash] = fields(rest)?;
    let hash = BASE64.decode(hash.as_bytes()).ok()?;
    Some(Stored::Pbkdf2 { digest: Pbkdf2Digest::of(digest)?, rounds: cost(rounds)?, salt: salt.into(), hash })
}

fn django_scrypt<'a>(rest: &str) -> Option<Stored<'a>> {
    let [n, salt, r, p, hash] = fields(rest)?;
    let n = cost(n)?;
    let hash = BASE64.decode(hash.as_bytes()).ok()?;
    n.is_power_of_two().then_some(())?;
    Some(Stored::Scrypt { log_n: n.ilog2(), r: cost(r)?, p: cost(p)?, salt: salt.into(), hash })
}
