//! Length-framed binary writing and reading, for records and for everything that goes under a MAC: no two
//! different values write the same bytes.

use super::text::Malformed;

/// Writes framed fields.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A writer that begins with these bytes.
    #[must_use]
    pub fn beginning(with: &[u8]) -> Self {
        Self(with.to_vec())
    }

    /// The same with room for this many more: a guess that only saves time.
    #[must_use]
    pub fn with_room(with: &[u8], room: usize) -> Self {
        let mut bytes = Vec::with_capacity(with.len() + room);
        bytes.extend_from_slice(with);
        Self(bytes)
    }

    /// Bytes of a length that both sides know.
    pub fn fixed(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) -> &mut Self {
        self.fixed(&[byte])
    }

    /// A number, seven bits a byte, lowest first.
    pub fn number(&mut self, mut value: u64) -> &mut Self {
        while value > 0x7f {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// A signed number, small magnitudes short.
    pub fn signed(&mut self, value: i64) -> &mut Self {
        self.number(((value << 1) ^ (value >> 63)) as u64)
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64).fixed(bytes)
    }

    /// Text behind its length.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what [`Writer`] wrote. Every method refuses what is cut short or not in the one written form.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader over bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Bytes of a length that was read before.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(head)
    }

    /// Bytes of a known length.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    /// A number in its shortest form.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part || (byte == 0 && shift > 0) {
                return Err(Malformed);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// A signed number.
    pub fn signed(&mut self) -> Result<i64, Malformed> {
        let raw = self.number()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        self.take(length)
    }

    /// Text behind its length.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// Everything that is left.
    pub const fn rest(&mut self) -> &'a [u8] {
        let rest = self.0;
        self.0 = &[];
        rest
    }

    /// Nothing may be left over.
    pub const fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests;
