//! What the killed writer had said, and so what may and what must be true.

use std::collections::BTreeMap;

/// What must be true of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was acknowledged and nothing that ends it was tried.
    Live,
    /// Its end was tried and not acknowledged: both is right, but it must not change any more.
    Either,
    /// Its end was acknowledged.
    Ended,
}

/// A session somebody was told of.
#[derive(Debug, Clone)]
pub struct Told {
    /// Whose.
    pub subject: String,
    /// Its tickets, the newest last.
    pub tickets: Vec<String>,
    /// A rotation was tried and not acknowledged: the newest ticket may be dead.
    pub rotating: bool,
    /// What must be true of it.
    pub fate: Fate,
    /// The last value that was acknowledged.
    pub value: u64,
    /// The last value that was tried.
    pub tried: u64,
}

/// Everything that was said on one store.
#[derive(Debug, Default)]
pub struct Said {
    /// Sessions by their ids.
    pub sessions: BTreeMap<String, Told>,
    /// How many verbs were acknowledged.
    pub acknowledged: u64,
    /// How many were begun and not acknowledged.
    pub under_way: u64,
}

impl Said {
    /// Takes one line in. A line that was cut off says nothing.
    pub fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["ack", "open", subject, id, ticket] => {
                let told = Told {
                    subject: (*subject).to_owned(),
                    tickets: vec![(*ticket).to_owned()],
                    rotating: false,
                    fate: Fate::Live,
                    value: 0,
                    tried: 0,
                };
                self.sessions.insert((*id).to_owned(), told);
            }
            ["try", "patch", id, value] => self.of(id, |told| told.tried = value.parse().unwrap_or_default()),
            ["ack", "patch", id, value] => self.of(id, |told| told.value = value.parse().unwrap_or_default()),
            ["try", "rotate", id] => self.of(id, |told| told.rotating = true),
            ["ack", "rotate", id, ticket] => self.of(id, |told| {
                told.tickets.push((*ticket).to_owned());
                told.rotating = false;
            }),
            ["try", "end", id] => self.of(id, |told| told.fate = told.fate.max(Fate::Either)),
            ["ack", "end", id] => self.of(id, |told| told.fate = Fate::Ended),
            ["try", "all", subject] => self.of_subject(subject, Fate::Either),
            ["ack", "all", subject] => self.of_subject(subject, Fate::Ended),
            _ => {}
        }
        match words.first() {
            Some(&"try") => self.under_way += 1,
            Some(&"ack") => {
                self.acknowledged += 1;
                self.under_way -= 1;
            }
            _ => {}
        }
    }

    fn of(&mut self, id: &str, change: impl FnMut(&mut Told)) {
        self.sessions.get_mut(id).into_iter().for_each(change);
    }

    fn of_subject(&mut self, subject: &str, fate: Fate) {
        let of_subject = self.sessions.values_mut().filter(|told| told.subject == subject);
        of_subject.for_each(|told| told.fate = told.fate.max(fate));
    }
}
