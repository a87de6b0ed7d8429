//! Tokens for apps and scripts that sign in by themselves.

use crate::cloakroom::{Cloakroom, LoginError};
use cloakroom_authority::Denied;
use cloakroom_authority::session::SignIn;
use cloakroom_authority::token::Held;
use cloakroom_authority::token::mint::Minted;
use cloakroom_authority::token::renew::{Renewal, Renewed};
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::scope::Scope;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Time;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::close::Why;
use cloakroom_rules::session::patch::NOTHING;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_rules::token::begin::Grant;
use cloakroom_web::handle::Handle as Request;
use cloakroom_web::session_error::SessionError;

/// The tokens of a sign-in. A handler answers with them as they are (RFC 6749, section 5.1).
#[derive(Debug)]
pub struct Granted {
    /// The access token and what it says.
    pub access: Minted,
    /// What renews it, once. It is nowhere else.
    pub refresh: Secret<String>,
    /// The sign-in, as the devices page shows it.
    pub session: Record,
    #[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only an answer says how long it lasts"))]
    now: Time,
}

/// There are no tokens. A handler answers with it as it is: `invalid_grant` if the client must sign in again, and 503 or 429 if it shall
/// try again with what it has.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct NotGranted(#[from] pub Denied);

/// What kept a password from being looked at says nothing about it: 503, try again.
impl From<LoginError> for NotGranted {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Denied(denied) => Self(denied),
            LoginError::Busy | LoginError::BadHash => Self(Denied::NoSecrets),
        }
    }
}

/// A handler that answers with a session's errors passes it on with `?`.
impl From<NotGranted> for SessionError {
    fn from(not: NotGranted) -> Self {
        Self::Denied(not.0)
    }
}

impl Cloakroom {
    /// An id for a client of its own: draw it once and keep it, as text.
    pub fn draw_client(&self) -> Result<ClientId, NotGranted> {
        Ok(ClientId::draw(self.now(), &*self.site().settings().entropy).map_err(Denied::from)?)
    }

    /// What a client gets that signs in by itself: this app's own tokens, with these scopes. Each client has an id of its own
    /// ([`Cloakroom::draw_client`]); `None` is one for all that have none. Browsers are another, which cannot be had here.
    pub fn grant_of(&self, client: Option<ClientId>, scope: &[&str]) -> Result<Grant, NotGranted> {
        let lane = self.site().settings().lane.as_ref().ok_or(Denied::NoTokens)?;
        if client == Some(lane.client) {
            return Err(Denied::from(Refusal::BadValue).into());
        }
        let words: Result<Vec<Scope>, _> = scope.iter().map(|word| word.parse()).collect();
        let scope = words.map_err(|_| Denied::from(Refusal::BadValue))?;
        let (client, audience) = (client.unwrap_or(lane.others), lane.audience.clone());
        Ok(Grant { client, scope, audience, bound_to: None })
    }

    /// Signs in a client that is no browser, and gives it tokens. `from` is the request; what it says of itself is shown on the devices
    /// page.
    pub async fn grant(
        &self,
        proof: &LoginProof,
        groups: &[Group],
        grant: &Grant,
        from: &Request,
    ) -> Result<Granted, NotGranted> {
        let (host, origin) = (self.site().origin().host(), from.by().origin);
        let is_of_browsers =
            self.site().settings().lane.as_ref().is_some_and(|lane| lane.client == grant.client);
        // Nobody could prove such a key here: its tokens would be refused everywhere.
        if is_of_browsers || grant.bound_to.is_some() {
            return Err(Denied::from(Refusal::BadValue).into());
        }
        let sign_in = SignIn {
            proof,
            host,
            class: SignedInClass::Renewed,
            groups,
            parent: None,
            own: None,
            client: from.sender_client(),
            device: &from.device(),
            origin: &origin,
            change: &NOTHING,
        };
        let begun = self.engine().begin(&sign_in, grant).await?;
        let access = match self.site().mint(&begun.held, begun.read_at) {
            Ok(access) => access,
            Err(denied) => {
                // Nobody will ever hold what was begun.
                self.engine().end(begun.held.session.id, Why::SignOut, &from.by()).await?;
                return Err(denied.into());
            }
        };
        Ok(Granted { access, refresh: begun.refresh, session: begun.held.session, now: self.now() })
    }

    /// Renews. The client keeps the new refresh token before it uses the new access token; a request whose answer was lost may be sent
    /// again within ten seconds.
    pub async fn renew(
        &self,
        refresh: &str,
        client: Option<ClientId>,
        from: &Request,
    ) -> Result<Granted, NotGranted> {
        let origin = from.by().origin;
        let renewal = self.renewal(refresh, client, &origin)?;
        self.would_renew(&renewal, from).await?;
        self.granted(self.engine().renew(&renewal).await?)
    }

    /// A fresh or stronger proof of whoever holds a refresh token: new tokens, and every earlier one of this sign-in is dead.
    pub async fn step_up(
        &self,
        refresh: &str,
        client: Option<ClientId>,
        proof: &LoginProof,
        from: &Request,
    ) -> Result<Granted, NotGranted> {
        let origin = from.by().origin;
        let renewal = self.renewal(refresh, client, &origin)?;
        let held = match self.would_renew(&renewal, from).await? {
            Some(held) => held,
            // It says why not.
            None => self.engine().renew(&renewal).await?.held,
        };
        self.granted(self.engine().step_up_renewed(&held, proof, from.sender_client(), &origin).await?)
    }

    fn renewal<'a>(
        &self,
        token: &'a str,
        client: Option<ClientId>,
        origin: &'a Origin,
    ) -> Result<Renewal<'a>, NotGranted> {
        let lane = self.site().settings().lane.as_ref().ok_or(Denied::NoTokens)?;
        let client = client.unwrap_or(lane.others);
        Ok(Renewal { token, client, policy: RefreshPolicy::Strict, proven: None, origin })
    }

    /// Who would go on, with a token that can be minted: else nothing is changed, for the tokens of before would be dead and there would
    /// be no others. What nobody was ever given is a guess.
    async fn would_renew(&self, renewal: &Renewal<'_>, from: &Request) -> Result<Option<Held>, NotGranted> {
        from.may_guess()?;
        let held = self.engine().would_renew(renewal).await.inspect_err(|denied| {
            if denied.refusal() == Some(Refusal::BadToken) {
                from.count_a_guess();
            }
        })?;
        if let Some(held) = &held {
            self.site().mint(held, self.now())?;
        }
        Ok(held)
    }

    fn granted(&self, renewed: Renewed) -> Result<Granted, NotGranted> {
        let access = self.site().mint(&renewed.held, renewed.read_at)?;
        Ok(Granted { access, refresh: renewed.refresh, session: renewed.held.session, now: self.now() })
    }

    /// Ends the sign-in that a refresh token renews (RFC 7009). One that is none of ours is no error: it opens nothing.
    pub async fn revoke(&self, refresh: &str, from: &Request) -> Result<bool, NotGranted> {
        match self.engine().holder(refresh).await? {
            Some(held) => Ok(self.engine().end(held.session.id, Why::SignOut, &from.by()).await?),
            None => Ok(false),
        }
    }
}

#[cfg(feature = "axum")]
mod answers {
    use super::{Granted, NotGranted};
    use axum::body::Body;
    use axum::response::{IntoResponse, Response};
    use cloakroom_web::token_answer;

    impl IntoResponse for Granted {
        fn into_response(self) -> Response {
            token_answer::granted::<Body>(&self.access, Some(&self.refresh), self.now)
        }
    }

    impl IntoResponse for NotGranted {
        fn into_response(self) -> Response {
            token_answer::not_granted::<Body>(&self.0)
        }
    }
}
