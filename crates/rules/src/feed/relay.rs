//! One follower's end at the authority: what it has been told, what it has asked, and the read of the truth that is under way.

use super::said::{Asked, Heads, Incarnation, Nonce, Part, Told};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The follower said something.
    Asked(Asked),
    /// Something was committed, as far as anybody knows. It may be wrong, late, or said twice.
    Hint,
    /// The read of this number has ended. It began after [`Output::Read`].
    Read(u64, Read),
    /// It failed: the truth could not be asked. Nothing is known of it.
    Failed(u64),
    /// Time to try again.
    Again,
}

/// What a read of the truth found, all of it at one moment: a fact may move to another place, and another lane, at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Of which truth.
    pub of: Incarnation,
    /// How far the lanes had come.
    pub heads: Heads,
    /// What they hold after what was asked for.
    pub parts: Vec<Part>,
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Read the truth, after these numbers. What an earlier read still finds is nobody's business.
    Read(u64, Heads),
    /// Say this to the follower.
    Tell(Told),
}

/// The relay of one follower.
#[derive(Debug, Default)]
pub struct Relay {
    /// The truth that the follower was told of.
    of: Option<Incarnation>,
    said: Heads,
    is_known: bool,
    /// The newest question that no read under way covers. It stands for those before it.
    waiting: Option<Nonce>,
    /// The newest question that had arrived when the read under way began.
    reading: Option<Option<Nonce>>,
    /// How many reads were asked for.
    reads: u64,
    is_news: bool,
}

impl Relay {
    /// One step.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        match input {
            Input::Asked(Asked::Hello(of, heads)) => {
                (self.of, self.said) = (of, heads);
                (self.is_known, self.is_news) = (true, true);
            }
            Input::Asked(Asked::Has(..)) => {}
            Input::Asked(Asked::Probe(nonce)) => self.waiting = self.waiting.max(Some(nonce)),
            Input::Hint => self.is_news = true,
            Input::Read(number, _) | Input::Failed(number) if number != self.reads => return outputs,
            Input::Read(_, read) => self.tell(read, &mut outputs),
            Input::Failed(_) => {
                // What it was to answer is still open, and what it was to find is still there.
                self.open_again();
                return vec![Output::Tell(Told::Waiting)];
            }
            Input::Again => {}
        }
        let is_wanted = self.is_news || self.waiting.is_some();
        if self.is_known && self.reading.is_none() && is_wanted {
            self.is_news = false;
            self.reads = self.reads.wrapping_add(1);
            self.reading = Some(self.waiting.take());
            outputs.push(Output::Read(self.reads, self.said.clone()));
        }
        outputs
    }

    fn open_again(&mut self) {
        let covered = self.reading.take().flatten();
        self.waiting = self.waiting.max(covered);
        self.is_news = true;
    }

    fn tell(&mut self, read: Read, outputs: &mut Vec<Output>) {
        if self.reading.is_none() {
            return;
        }
        if self.of != Some(read.of) {
            // It was asked for what comes after the numbers of another truth.
            (self.of, self.said) = (Some(read.of), Heads::new());
            outputs.push(Output::Tell(Told::Begins(read.of)));
            return self.open_again();
        }
        let mut is_more = false;
        for part in read.parts {
            let said = self.said.entry(part.lane).or_default();
            if part.upto > *said {
                (*said, is_more) = (part.upto, true);
                outputs.push(Output::Tell(Told::Facts(part)));
            }
        }
        let is_said = |(lane, head): (_, &u64)| self.said.get(lane).copied().unwrap_or_default() >= *head;
        if !read.heads.iter().all(is_said) {
            // It was one page of several: what it proves comes with the last.
            return self.open_again();
        }
        match self.reading.take().flatten() {
            Some(nonce) => outputs.push(Output::Tell(Told::Proof(nonce, read.heads))),
            None if is_more => outputs.push(Output::Tell(Told::All(read.heads))),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
