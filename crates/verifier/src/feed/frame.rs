//! The frames of the feed: `u32 length, u8 type, body, tag`, in both directions, numbers with the highest byte first. The length counts
//! everything behind itself; the tag is that of [`cloakroom_crypto::channel`].

use cloakroom_crypto::channel::{Side, TAG};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::feed::said::{Heads, Incarnation, Nonce, Part, Told};

/// No frame is longer, its length left out.
pub const LONGEST: usize = 64 * 1024;
/// So many facts fit into a frame, whatever they are about.
pub const MOST_FACTS: usize = 700;

/// No truth has more writers.
const MOST_LANES: u16 = 1_024;

const HELLO: u8 = 1;
const BEGINS: u8 = 2;
const FACTS: u8 = 3;
const ALL: u8 = 4;
const PROBE: u8 = 5;
const PROOF: u8 = 6;
const HAS: u8 = 7;
const WAITING: u8 = 8;
const KEYS: u8 = 9;
const OVER: u8 = 10;
const RECEIPTS: u8 = 11;
const ASK: u8 = 12;
const KNOWN: u8 = 13;

/// No token depends on more.
pub const MOST_ASKED: usize = 64;

/// What a verifier sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromFollower {
    /// Its first frame: who it is, and how old what it knows may be when it lets somebody in by it.
    Hello([u8; 16], Span, Option<Incarnation>, Heads),
    /// It asks for a proof.
    Probe(Nonce),
    /// It has taken in everything of this truth up to here.
    Has(Incarnation, Heads),
    /// It wants to know the keys: it has seen one that it does not know.
    Keys,
    /// It wants to know the numbers of these alone, now.
    Ask(Nonce, Vec<FactKey>),
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The credential was taken back.
    Revoked,
    /// The verifier bears more than this authority waits for.
    BearsTooMuch,
    /// What the verifier sent is no frame, or not the next one.
    Malformed,
    /// The authority stops. Another one, or the same, is there in a moment.
    Stops,
}

impl Over {
    const ALL: [(u8, Self); 4] =
        [(1, Self::Revoked), (2, Self::BearsTooMuch), (3, Self::Malformed), (4, Self::Stops)];
}

/// What an authority sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromAuthority {
    /// Facts, proofs, and that it is there.
    Told(Told),
    /// The published keys: a JSON Web Key Set.
    Keys(String),
    /// What receipts are checked with: a number, and a key under the cover of this stream.
    Receipts(u16, [u8; 32]),
    /// The numbers of what was asked for, in its order; 0 where nothing is known. It was so after the question had arrived.
    Known(Nonce, Vec<u64>),
    /// Its last frame.
    Over(Over),
}

pub(crate) fn put_heads(writer: &mut Writer, heads: &Heads) {
    writer.fixed(&(heads.len() as u16).to_be_bytes());
    for (lane, head) in heads {
        writer.fixed(&lane.0.to_be_bytes()).fixed(&head.to_be_bytes());
    }
}

fn number(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    reader.fixed().map(u64::from_be_bytes)
}

fn lane(reader: &mut Reader<'_>) -> Result<LaneId, Malformed> {
    reader.fixed().map(|bytes| LaneId(u32::from_be_bytes(bytes)))
}

pub(crate) fn take_heads(reader: &mut Reader<'_>) -> Result<Heads, Malformed> {
    let count = u16::from_be_bytes(reader.fixed()?);
    if count > MOST_LANES {
        return Err(Malformed);
    }
    let mut heads = Heads::new();
    for _ in 0..count {
        let (lane, head) = (lane(reader)?, number(reader)?);
        // In their order, each once.
        if heads.last_key_value().is_some_and(|(last, _)| *last >= lane) {
            return Err(Malformed);
        }
        heads.insert(lane, head);
    }
    Ok(heads)
}

fn put_facts(writer: &mut Writer, part: &Part) {
    let (after, upto) = (part.after.to_be_bytes(), part.upto.to_be_bytes());
    writer.fixed(&part.lane.0.to_be_bytes()).fixed(&after).fixed(&upto);
    writer.fixed(&(part.facts.len() as u16).to_be_bytes());
    for KeptFact { fact, until } in &part.facts {
        writer.fixed(&fact.at_least.to_be_bytes()).fixed(&until.millis().to_be_bytes());
        put_key(writer, &fact.key);
    }
}

fn put_key(writer: &mut Writer, key: &FactKey) {
    let key = key.to_bytes();
    writer.fixed(&(key.len() as u16).to_be_bytes()).fixed(&key);
}

fn take_key(reader: &mut Reader<'_>) -> Result<FactKey, Malformed> {
    let length = u16::from_be_bytes(reader.fixed()?);
    FactKey::from_bytes(reader.take(usize::from(length))?)
}

/// How many follow, of so many at most.
fn count(reader: &mut Reader<'_>, at_most: usize) -> Result<usize, Malformed> {
    let count = usize::from(u16::from_be_bytes(reader.fixed()?));
    if count > at_most { Err(Malformed) } else { Ok(count) }
}

fn take_facts(reader: &mut Reader<'_>) -> Result<Part, Malformed> {
    let (lane, after, upto) = (lane(reader)?, number(reader)?, number(reader)?);
    let count = u16::from_be_bytes(reader.fixed()?);
    let facts = (0..count).map(|_| {
        let (at_least, until) = (number(reader)?, i64::from_be_bytes(reader.fixed()?));
        let key = take_key(reader)?;
        Ok(KeptFact { fact: Fact { key, at_least }, until: Time::from_millis(until) })
    });
    let facts = facts.collect::<Result<Vec<_>, Malformed>>()?;
    if upto < after { Err(Malformed) } else { Ok(Part { lane, after, upto, facts }) }
}

impl FromFollower {
    /// Its type and body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        match self {
            Self::Hello(process, bears, of, heads) => {
                let bears = u32::try_from(bears.as_millis()).unwrap_or(u32::MAX);
                writer.byte(HELLO).fixed(process).fixed(&bears.to_be_bytes());
                match of {
                    Some(Incarnation(of)) => writer.byte(1).fixed(of),
                    None => writer.byte(0),
                };
                put_heads(&mut writer, heads);
            }
            Self::Keys => drop(writer.byte(KEYS)),
            Self::Ask(Nonce(nonce), keys) => {
                writer.byte(ASK).fixed(&nonce.to_be_bytes()).fixed(&(keys.len() as u16).to_be_bytes());
                keys.iter().for_each(|key| put_key(&mut writer, key));
            }
            Self::Probe(Nonce(nonce)) => drop(writer.byte(PROBE).fixed(&nonce.to_be_bytes())),
            Self::Has(Incarnation(of), heads) => {
                writer.byte(HAS).fixed(of);
                put_heads(&mut writer, heads);
            }
        }
        writer.finish()
    }

    /// What somebody sent.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.byte()? {
            HELLO => {
                let process = reader.fixed()?;
                let bears = Span::millis(i64::from(u32::from_be_bytes(reader.fixed()?)));
                let of = match reader.byte()? {
                    0 => None,
                    1 => Some(Incarnation(reader.fixed()?)),
                    _ => return Err(Malformed),
                };
                Self::Hello(process, bears, of, take_heads(&mut reader)?)
            }
            PROBE => Self::Probe(Nonce(number(&mut reader)?)),
            HAS => Self::Has(Incarnation(reader.fixed()?), take_heads(&mut reader)?),
            KEYS => Self::Keys,
            ASK => {
                let nonce = Nonce(number(&mut reader)?);
                let keys = (0..count(&mut reader, MOST_ASKED)?).map(|_| take_key(&mut reader));
                Self::Ask(nonce, keys.collect::<Result<_, _>>()?)
            }
            _ => return Err(Malformed),
        };
        reader.end().map(|()| frame)
    }
}

impl FromAuthority {
    /// Its type and body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        match self {
            Self::Told(Told::Begins(Incarnation(of))) => drop(writer.byte(BEGINS).fixed(of)),
            Self::Told(Told::Facts(part)) => put_facts(writer.byte(FACTS), part),
            Self::Told(Told::All(heads)) => put_heads(writer.byte(ALL), heads),
            Self::Told(Told::Proof(Nonce(nonce), heads)) => {
                put_heads(writer.byte(PROOF).fixed(&nonce.to_be_bytes()), heads);
            }
            Self::Told(Told::Waiting) => drop(writer.byte(WAITING)),
            Self::Keys(keys) => drop(writer.byte(KEYS).fixed(keys.as_bytes())),
            Self::Receipts(kid, key) => {
                writer.byte(RECEIPTS).fixed(&kid.to_be_bytes()).fixed(key);
            }
            Self::Known(Nonce(nonce), numbers) => {
                writer.byte(KNOWN).fixed(&nonce.to_be_bytes()).fixed(&(numbers.len() as u16).to_be_bytes());
                for number in numbers {
                    writer.fixed(&number.to_be_bytes());
                }
            }
            Self::Over(over) => {
                let code = Over::ALL.iter().find(|(_, other)| other == over).map_or(0, |(code, _)| *code);
                writer.byte(OVER).byte(code);
            }
        }
        writer.finish()
    }

    /// What somebody sent.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.byte()? {
            BEGINS => Self::Told(Told::Begins(Incarnation(reader.fixed()?))),
            FACTS => Self::Told(Told::Facts(take_facts(&mut reader)?)),
            ALL => Self::Told(Told::All(take_heads(&mut reader)?)),
            PROOF => Self::Told(Told::Proof(Nonce(number(&mut reader)?), take_heads(&mut reader)?)),
            WAITING => Self::Told(Told::Waiting),
            KEYS => {
                let keys = core::str::from_utf8(reader.rest()).map_err(|_| Malformed)?;
                Self::Keys(keys.to_owned())
            }
            RECEIPTS => Self::Receipts(u16::from_be_bytes(reader.fixed()?), reader.fixed()?),
            KNOWN => {
                let nonce = Nonce(number(&mut reader)?);
                let numbers = (0..count(&mut reader, MOST_ASKED)?).map(|_| number(&mut reader));
                Self::Known(nonce, numbers.collect::<Result<_, _>>()?)
            }
            OVER => {
                let code = reader.byte()?;
                let over = Over::ALL.iter().find(|(other, _)| *other == code).ok_or(Malformed)?;
                Self::Over(over.1)
            }
            _ => return Err(Malformed),
        };
        reader.end().map(|()| frame)
    }
}

/// A frame as it goes out.
#[must_use]
pub fn sealed(side: &mut Side, frame: &[u8]) -> Vec<u8> {
    let tag = side.next(frame);
    let length = (frame.len() + TAG) as u32;
    [&length.to_be_bytes()[..], frame, &tag].concat()
}

/// How much follows a length.
pub fn length(bytes: [u8; 4]) -> Result<usize, Malformed> {
    let length = usize::try_from(u32::from_be_bytes(bytes)).map_err(|_| Malformed)?;
    if (TAG + 1..=LONGEST).contains(&length) { Ok(length) } else { Err(Malformed) }
}

/// A frame as it came in, without its length: its type and body, if it is the next one.
pub fn opened<'a>(side: &mut Side, bytes: &'a [u8]) -> Result<&'a [u8], Malformed> {
    let (frame, tag) = bytes.split_at_checked(bytes.len().wrapping_sub(TAG)).ok_or(Malformed)?;
    if side.is_next(frame, tag) { Ok(frame) } else { Err(Malformed) }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
