//! Hashes as other systems write them, in a form that can be verified here.

use cloakroom_crypto::password;
use cloakroom_crypto::password::fast::{Bare, Fast};
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER_PERMISSIVE};

/// A hash that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    /// No scheme that is known.
    Unknown,
    /// It asks for more work than is allowed.
    TooCostly,
    /// A password and no hash of one.
    InTheClear,
}

impl Bad {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Unknown => "the hash is broken, or of a scheme that is not known",
            Self::TooCostly => "the hash asks for more work than is allowed",
            Self::InTheClear => "the password is not hashed; leave it away, and they choose a new one",
        }
    }
}

fn nopad(bytes: &[u8]) -> String {
    BASE64_NOPAD.encode(bytes)
}

/// The spare bits of the 22nd character of a bcrypt salt say nothing, and some libraries leave them set.
fn bcrypt(text: &str) -> Option<String> {
    const LETTERS: &str = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let at = text.rfind("$2").filter(|at| text.len() == at + 60)? + 28;
    let letter = LETTERS.find(*text.as_bytes().get(at)? as char)?;
    let plain = LETTERS.get(letter & 0x30..=letter & 0x30)?;
    Some([text.get(..at)?, plain, text.get(at + 1..)?].concat())
}

/// Better Auth: scrypt of the hex of the salt, as text.
fn hex_pair(text: &str) -> Option<String> {
    let (salt, key) = text.split_once(':')?;
    let key = HEXLOWER_PERMISSIVE.decode(key.as_bytes()).ok().filter(|key| key.len() == 64)?;
    HEXLOWER_PERMISSIVE.decode(salt.as_bytes()).ok()?;
    Some(format!("$scrypt$ln=14,r=16,p=1${}${}", nopad(salt.as_bytes()), nopad(&key)))
}

/// Forms of WorkOS and Kratos that are nearly those of everybody else.
fn nearly(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix("$scrypt$v=1$n=") {
        let (n, rest) = rest.split_once(",r=")?;
        let n: u32 = n.parse().ok().filter(|n: &u32| n.is_power_of_two())?;
        let (costs, rest) = rest.split_once('$')?;
        let costs = costs.split(",kl=").next()?;
        return Some(format!("$scrypt$ln={},r={costs}${}", n.ilog2(), rest.replace('=', "")));
    }
    if let Some(rest) = text.strip_prefix("$scrypt$ln=") {
        let (n, rest) = rest.split_once(',')?;
        let n: u32 = n.parse().ok()?;
        let log_n = if n > 30 { n.is_power_of_two().then(|| n.ilog2())? } else { n };
        let (costs, rest) = rest.split_once('$')?;
        return Some(format!("$scrypt$ln={log_n},{costs}${}", rest.replace('=', "")));
    }
    if let Some(rest) = text.strip_prefix("$pbkdf2$i=") {
        let (rounds, rest) = rest.split_once(",d=")?;
        let (digest, rest) = rest.split_once('$')?;
        return Some(format!("$pbkdf2-{digest}$i={rounds}${}", rest.replace('=', "")));
    }
    None
}

/// PBKDF2 from its parts. One block of it says as much as many, and costs no more than it must.
pub(super) fn pbkdf2(digest: &str, rounds: u64, salt: &[u8], key: &[u8]) -> Option<String> {
    let block = match digest {
        "sha1" => 20,
        "sha256" => 32,
        "sha512" => 64,
        _ => return None,
    };
    let key = key.get(..key.len().min(block))?;
    Some(format!("$pbkdf2-{digest}$i={rounds}${}${}", nopad(salt), nopad(key)))
}

/// Bytes from text as some system wrote them.
pub(super) fn decoded(text: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "hex" => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
        "base64" => {
            let text = text.replace('-', "+").replace('_', "/");
            BASE64.decode(text.as_bytes()).or_else(|_| BASE64_NOPAD.decode(text.as_bytes())).ok()
        }
        "utf8" => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

/// What the work of a hash depends on: its scheme and what follows it up to the salt.
pub(crate) fn cost_of(hash: &str) -> String {
    let parts = hash.split('$').skip(1).enumerate();
    let cost = parts.take_while(|(place, part)| *place == 0 || part.contains('=') || part.len() <= 2);
    cost.map(|(_, part)| part).collect::<Vec<_>>().join("$")
}

/// MD5 and SHA as Django and LDAP write them.
fn fast(text: &str) -> Option<Bare> {
    if let Some((scheme, rest)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let (function, length) = match scheme.to_ascii_uppercase().as_str() {
            "MD5" | "SMD5" => ("md5", 16),
            "SHA" | "SSHA" => ("sha1", 20),
            "SHA256" | "SSHA256" => ("sha256", 32),
            "SHA512" | "SSHA512" => ("sha512", 64),
            _ => return None,
        };
        let bytes = decoded(rest, "base64")?;
        let (value, salt) = bytes.split_at_checked(length)?;
        return Bare::of(Fast::of(function, salt, false)?, value.to_vec());
    }
    let mut parts = text.splitn(3, '$');
    let (function, salt, value) = (parts.next()?, parts.next()?, parts.next()?);
    let function = function.strip_prefix("unsalted_").unwrap_or(function);
    bare(function, salt.as_bytes(), true, &decoded(value, "hex")?)
}

/// A fast hash from its parts.
pub(super) fn bare(function: &str, salt: &[u8], is_salt_first: bool, value: &[u8]) -> Option<Bare> {
    Bare::of(Fast::of(function, salt, is_salt_first)?, value.to_vec())
}

/// The hash in a form that can be verified, or wrapped in one.
pub(super) fn usable(text: &str) -> Result<String, Bad> {
    let text = text.trim();
    let text =
        bcrypt(text).or_else(|| hex_pair(text)).or_else(|| nearly(text)).unwrap_or_else(|| text.to_owned());
    if let Some(bare) = fast(&text).or_else(|| Bare::parse(&text)) {
        return Ok(bare.to_text());
    }
    match password::usable(&text) {
        Ok(()) => Ok(text),
        Err(password::Unusable::TooCostly) => Err(Bad::TooCostly),
        Err(_) if text.contains(['$', ':', '{']) || text.len() >= 32 => Err(Bad::Unknown),
        Err(_) => Err(Bad::InTheClear),
    }
}
