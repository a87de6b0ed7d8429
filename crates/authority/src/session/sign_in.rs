//! Somebody signs in.

use super::check::{ANYWHERE, Checked};
use super::load::TRIES;
use crate::authority::Authority;
use crate::cache::known::Known;
use crate::denied::Denied;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Device, Session};
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::patch::Change;
use cloakroom_rules::session::sign_in::{Decision, Facts, Request, SignedInClass, decide};
use cloakroom_rules::token::begin::{self, Grant};
use cloakroom_store::sessions::{Closing, Open, Opened, When};

/// A sign-in.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// The proof.
    pub proof: &'a LoginProof,
    /// The host the ticket shall be good for.
    pub host: &'a Host,
    /// What kind of session.
    pub class: SignedInClass,
    /// The user's groups, as they were read together with the proof.
    pub groups: &'a [Group],
    /// The session it hangs from: of the same user, and not hanging from another itself.
    pub parent: Option<SessionId>,
    /// The session of this request, if there is one. It ends.
    pub own: Option<SessionId>,
    /// The client.
    pub client: &'a Client,
    /// What the devices page shows.
    pub device: &'a Device,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
    /// What the app writes into it from the start.
    pub change: &'a Change,
}

impl SignIn<'_> {
    pub(crate) const fn request(&self) -> Request<'_> {
        let &Self { proof, host, class, groups, client, device, origin, change, .. } = self;
        Request { proof, host, class, groups, client, device, origin, change }
    }
}

/// A session under a new ticket.
#[derive(Debug)]
pub struct SignedIn {
    /// The ticket. It is nowhere else.
    pub ticket: Ticket,
    /// The session.
    pub session: Session,
}

impl Authority {
    /// A session under the ticket it was just given, as if it had been presented.
    #[must_use]
    pub fn newly(&self, new: &SignedIn, host: &Host, client: &Client) -> Checked {
        let key = self.0.inside.near.key(host, client, ANYWHERE, new.ticket.expose());
        let known = Known::pack(key, &new.session, new.session.absolute);
        Checked::of(known, new.ticket.copy(), self.now())
    }

    /// Opens a session for a proof. If something overtook the proof, it does not open.
    pub async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<SignedIn, Denied> {
        self.open_session(sign_in, None).await.map(|(signed_in, _)| signed_in)
    }

    /// The same, perhaps with a family that renews it: for a grant, and the client's generation that was read before.
    pub(crate) async fn open_session(
        &self,
        sign_in: &SignIn<'_>,
        grant: Option<(&Grant, u64)>,
    ) -> Result<(SignedIn, Option<Family>), Denied> {
        let request = sign_in.request();
        for _ in 0..TRIES {
            let own = match sign_in.own {
                Some(own) => self.0.stores.sessions.find(own).await?.map(|loaded| loaded.row.session),
                None => None,
            };
            let parent = match sign_in.parent {
                Some(parent) => Some(self.find(parent).await?.session),
                None => None,
            };
            let rows = self.0.stores.sessions.of_subject(sign_in.proof.subject()).await?;
            let sessions: Vec<_> = rows.into_iter().map(|row| row.session).collect();
            let facts = Facts { own: own.as_ref(), parent: parent.as_ref(), sessions: &sessions };
            let mut decision = decide(&request, &facts, &self.0.policy, self.now(), &*self.0.entropy)?;
            let family = match grant {
                Some((grant, client_generation)) => {
                    Some(self.family_for(grant, client_generation, &mut decision, sign_in)?)
                }
                None => None,
            };
            let (ticket, row) = self.row_of(decision.session.clone())?;
            // What was carried over from it must be all there was.
            let when = |session| match &own {
                Some(own) if own.id == session => When::Unchanged(own.version),
                _ => When::Always,
            };
            let closing = decision.closing.into_iter();
            let closing =
                closing.map(|(session, trail)| Closing { session, when: when(session), trail }).collect();
            let open = Open { row, at_most: Some(decision.at_most), closing, family: family.clone() };
            match self.0.stores.sessions.open(open, &decision.trail).await? {
                Opened::Done(..) => return Ok((SignedIn { ticket, session: decision.session }, family)),
                Opened::Superseded => return Err(Refusal::ProofOvertaken.into()),
                Opened::Taken | Opened::Crowded => {}
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// The family of a session that is about to be opened; what is told of it joins what is told of the session.
    fn family_for(
        &self,
        grant: &Grant,
        client_generation: u64,
        decision: &mut Decision,
        sign_in: &SignIn<'_>,
    ) -> Result<Family, Denied> {
        let shard = self.0.ring.shard(sign_in.proof.subject())?;
        let facts = begin::Facts { client_generation, shard, kid: self.0.ring.active() };
        let request = begin::Request { session: decision.session.clone(), grant, origin: sign_in.origin };
        let begun = begin::decide(request, &facts, self.now(), &*self.0.entropy)?;
        decision.session = begun.session;
        decision.trail.events.push(begun.event);
        Ok(begun.family)
    }
}
