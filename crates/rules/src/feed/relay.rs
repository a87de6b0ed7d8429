//! One follower's end at the authority: what it has been told, what it has asked, and the read of the truth that is under way.

use super::said::{Asked, Heads, Nonce, Part, Told};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The follower said something.
    Asked(Asked),
    /// Something was committed, as far as anybody knows. It may be wrong, late, or said twice.
    Hint,
    /// The read that was asked for has ended. It began after [`Output::Read`].
    Read(Read),
    /// It failed: the truth could not be asked. Nothing is known of it.
    Failed,
    /// Time to try again.
    Again,
}

/// What a read of the truth found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// How far the lanes had come.
    pub heads: Heads,
    /// What they hold after what was asked for.
    pub parts: Vec<Part>,
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Read the truth, after these numbers. One read at a time.
    Read(Heads),
    /// Say this to the follower.
    Tell(Told),
}

/// The relay of one follower.
#[derive(Debug, Default)]
pub struct Relay {
    said: Heads,
    is_known: bool,
    /// Questions that no read under way covers.
    waiting: Vec<Nonce>,
    /// The questions that had arrived when the read under way began.
    reading: Option<Vec<Nonce>>,
    is_news: bool,
}

impl Relay {
    /// One step.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        match input {
            Input::Asked(Asked::Hello(heads)) => {
                (self.said, self.is_known, self.is_news) = (heads, true, true);
            }
            Input::Asked(Asked::Probe(nonce)) => self.waiting.push(nonce),
            Input::Hint => self.is_news = true,
            Input::Read(read) => self.tell(read, &mut outputs),
            Input::Failed => {
                // What it was to answer is still open.
                let covered = self.reading.take().unwrap_or_default();
                self.waiting.splice(0..0, covered);
                return outputs;
            }
            Input::Again => {}
        }
        let is_wanted = self.is_news || !self.waiting.is_empty();
        if self.is_known && self.reading.is_none() && is_wanted {
            self.is_news = false;
            self.reading = Some(core::mem::take(&mut self.waiting));
            outputs.push(Output::Read(self.said.clone()));
        }
        outputs
    }

    fn tell(&mut self, read: Read, outputs: &mut Vec<Output>) {
        let Some(covered) = self.reading.take() else { return };
        for part in read.parts {
            let said = self.said.entry(part.lane).or_default();
            if part.upto > *said {
                *said = part.upto;
                outputs.push(Output::Tell(Told::Facts(part)));
            }
        }
        // The newest question stands for those before it.
        if let Some(nonce) = covered.into_iter().max() {
            outputs.push(Output::Tell(Told::Proof(nonce, read.heads)));
        }
    }
}

#[cfg(test)]
mod tests;
