//! Hashes that are made too fast to keep: MD5 and SHA. What they say of a password is the password of an argon2id hash, so that nothing
//! fast is ever stored.

use aws_lc_rs::digest;
use data_encoding::{BASE64_NOPAD, HEXLOWER};
use md5::{Digest as _, Md5};

/// Which function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// How another system made a hash of a password and a salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fast {
    function: Function,
    salt: Vec<u8>,
    is_salt_first: bool,
}

/// A fast hash on its way in: how it was made, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// How it was made.
    pub how: Fast,
    /// What it is.
    pub value: Vec<u8>,
}

/// What lists of lost passwords have of one.
#[must_use]
pub fn sha1(password: &[u8]) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password);
    let mut out = [0; 20];
    out.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

impl Fast {
    /// How a function makes a hash of a password and a salt. `None`: the function is none of these.
    #[must_use]
    pub fn of(function: &str, salt: &[u8], is_salt_first: bool) -> Option<Self> {
        let function = match function {
            "md5" => Function::Md5,
            "sha1" => Function::Sha1,
            "sha256" => Function::Sha256,
            "sha512" => Function::Sha512,
            _ => return None,
        };
        Some(Self { function, salt: salt.to_vec(), is_salt_first })
    }

    const fn name(&self) -> &'static str {
        match self.function {
            Function::Md5 => "md5",
            Function::Sha1 => "sha1",
            Function::Sha256 => "sha256",
            Function::Sha512 => "sha512",
        }
    }

    const fn length(&self) -> usize {
        match self.function {
            Function::Md5 => 16,
            Function::Sha1 => 20,
            Function::Sha256 => 32,
            Function::Sha512 => 64,
        }
    }

    fn of_password(&self, password: &[u8]) -> Vec<u8> {
        let parts = if self.is_salt_first { [&self.salt, password] } else { [password, &self.salt] };
        let whole = parts.concat();
        let by = |algorithm| digest::digest(algorithm, &whole).as_ref().to_vec();
        match self.function {
            Function::Md5 => Md5::digest(&whole).to_vec(),
            Function::Sha1 => by(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Function::Sha256 => by(&digest::SHA256),
            Function::Sha512 => by(&digest::SHA512),
        }
    }

    /// What the argon2id hash is made of, for a password.
    pub(super) fn inner(&self, password: &[u8]) -> String {
        HEXLOWER.encode(&self.of_password(password))
    }

    fn text(&self) -> String {
        let place = if self.is_salt_first { "first" } else { "last" };
        format!("{},{place}${}", self.name(), BASE64_NOPAD.encode(&self.salt))
    }

    /// What is kept: how the password of an argon2id hash is made, and that hash.
    #[must_use]
    pub fn around(&self, argon2id: &str) -> String {
        format!("$wrapped${}{argon2id}", self.text())
    }

    /// From `function,place$salt$rest` to how, and the rest.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (how, rest) = text.split_once('$')?;
        let (salt, rest) = rest.split_once('$')?;
        let (function, place) = how.split_once(',')?;
        let is_salt_first = match place {
            "first" => true,
            "last" => false,
            _ => return None,
        };
        let salt = BASE64_NOPAD.decode(salt.as_bytes()).ok().filter(|salt| salt.len() <= 128)?;
        Some((Self::of(function, &salt, is_salt_first)?, rest))
    }

    /// Takes apart what stands behind `$wrapped$`: how, and the argon2id hash without its first sign.
    pub(super) fn wrapped(rest: &str) -> Option<(Self, &str)> {
        Self::parse(rest)
    }
}

impl Bare {
    /// A hash, if it is as long as its function makes them.
    #[must_use]
    pub fn of(how: Fast, value: Vec<u8>) -> Option<Self> {
        (value.len() == how.length()).then_some(Self { how, value })
    }

    /// As text, for the way to where it is wrapped. It is never stored.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("$fast${}${}", self.how.text(), HEXLOWER.encode(&self.value))
    }

    /// From that text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (how, value) = Fast::parse(text.strip_prefix("$fast$")?)?;
        Self::of(how, HEXLOWER.decode(value.as_bytes()).ok()?)
    }

    /// What is to be hashed in the place of the password that nobody knows here.
    #[must_use]
    pub fn inner(&self) -> String {
        HEXLOWER.encode(&self.value)
    }
}
