//! What is noted of a client, and when it counts as another one.

use cloakroom_model::records::session::Binding;

/// The client of a request, as far as it is looked at: coarse, so that roaming within a network and small
/// updates are no change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// The prefix of its address.
    pub address: Option<String>,
    /// The family of its agent.
    pub agent: Option<String>,
    /// Its TLS fingerprint, if a trusted proxy tells it.
    pub tls: Option<String>,
}

impl Client {
    /// What is noted at sign-in; nothing, if nothing is known.
    #[must_use]
    pub fn to_binding(&self) -> Option<Binding> {
        let binding =
            Binding { address: self.address.clone(), agent: self.agent.clone(), tls: self.tls.clone() };
        (binding != Binding::default()).then_some(binding)
    }

    /// Whether everything that was noted is seen again. Where a change is refused, leaving something away is one.
    #[must_use]
    pub fn shows_all_of(&self, noted: &Binding) -> bool {
        let pairs = [(&self.address, &noted.address), (&self.agent, &noted.agent), (&self.tls, &noted.tls)];
        pairs.iter().all(|(now, then)| then.is_none() || now == then)
    }

    /// What is noted from now on: what is seen, and what cannot be seen now as it was.
    #[must_use]
    pub fn noted_over(&self, noted: &Binding) -> Binding {
        let newest = |now: &Option<String>, then: &Option<String>| now.clone().or_else(|| then.clone());
        Binding {
            address: newest(&self.address, &noted.address),
            agent: newest(&self.agent, &noted.agent),
            tls: newest(&self.tls, &noted.tls),
        }
    }

    /// Whether this is another client than the one noted. What was not noted, or cannot be seen now, is no change.
    #[must_use]
    pub fn differs_from(&self, noted: &Binding) -> bool {
        let pairs = [(&self.address, &noted.address), (&self.agent, &noted.agent), (&self.tls, &noted.tls)];
        pairs.iter().any(|(now, then)| matches!((now, then), (Some(now), Some(then)) if now != then))
    }
}

#[cfg(test)]
mod tests;
