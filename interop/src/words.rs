//! Payloads nobody has chosen, and changes to tokens.

use serde_json::{Map, Value};

/// Chance that can be played again.
#[derive(Debug)]
pub(crate) struct Words(u64);

const LETTERS: [&str; 12] =
    ["a", "Z", "0", " ", "\"", "\\", "\u{e9}", "\u{4e2d}", "\u{1f511}", "\n", "/", "<"];
const TOKEN: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+ ";

impl Words {
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }

    fn text(&mut self) -> String {
        let length = self.below(24);
        (0..length).filter_map(|_| LETTERS.get(self.below(LETTERS.len()))).copied().collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth > 0 { 8 } else { 6 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::from(self.below(2_000_000_000)),
            3 => Value::from(-(self.below(1_000_000) as i64)),
            4 | 5 => Value::from(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object(self.object(depth - 1)),
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        (0..self.below(6)).map(|_| (self.text(), self.value(depth))).collect()
    }

    pub(crate) fn payload(&mut self) -> String {
        Value::Object(self.object(3)).to_string()
    }

    /// The token with something else in one place, or something more, or something less.
    pub(crate) fn changed(&mut self, token: &str) -> String {
        let at = self.below(token.len());
        let (before, rest) = token.split_at(at);
        let other = TOKEN.get(self.below(TOKEN.len())).copied().map_or('A', char::from);
        let after = rest.get(1..).unwrap_or_default();
        let changed = match self.below(4) {
            0 => format!("{before}{after}"),
            1 => format!("{before}{other}{rest}"),
            2 => before.to_owned(),
            _ => format!("{before}{other}{after}"),
        };
        if changed == token { format!("{token}A") } else { changed }
    }
}

/// The same JSON, however it is written.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    match (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
