//! Links: asked for, looked at, used.

use super::changing::subject_of;
use super::{NotDone, People};
use cloakroom_crypto::compare::equal;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::request::{About, Request};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::link::Link;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::people::limits::Counted;
use cloakroom_rules::people::link::{Needs, Standing, needs};
use cloakroom_store::requests::Redeemed;

/// Who asks for something, or follows a link.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The cookie that tells this browser from others.
    pub browser: &'a str,
    /// The network.
    pub network: &'a str,
    /// Who, in the event log.
    pub by: &'a By,
    /// The language of the page.
    pub language: &'a str,
}

/// A link that is good, and who holds it.
#[derive(Debug)]
pub struct Opened {
    /// What it is about.
    pub request: Request,
    /// How whoever presents it stands to whoever asked for it.
    pub standing: Standing,
}

impl Opened {
    /// What the page asks for.
    #[must_use]
    pub const fn needs(&self) -> Needs {
        needs(&self.request.about, self.standing)
    }
}

impl People {
    /// Something begins: the link to it, and what is kept of that.
    pub(super) fn begin(
        &self,
        asker: Option<&Asker<'_>>,
        of: Option<(UserId, Generations)>,
        about: About,
        lives: Span,
    ) -> Result<(Link, Request), NotDone> {
        let (engine, kid) = (&self.0.authority, self.active());
        let link = Link::draw(&*engine.0.entropy)?;
        let look_up = self.look_up_of(kid, &link)?;
        let browser = asker.map(|asker| self.browser(kid, asker.browser)).transpose()?;
        let code = match asker {
            Some(asker) => Some(self.kept_code(kid, &look_up, &self.shown_code(asker.browser)?)?),
            None => None,
        };
        let (user, generations) = of.unzip();
        let now = engine.now();
        let request = Request {
            look_up,
            kid,
            user,
            generations: generations.unwrap_or_default(),
            browser,
            code,
            about,
            created: now,
            expires: now.plus(lives),
        };
        Ok((link, request))
    }

    /// The counters of the store: what is begun before anybody has an account ends with the store's epoch.
    pub(super) async fn epoch(&self) -> Result<Generations, NotDone> {
        Ok(self.0.authority.0.stores.ledger.generations(None).await?)
    }

    /// What a link is about. Looking changes nothing: whoever scans mail looks too.
    pub async fn open_link(&self, link: &str, browser: &str) -> Result<Opened, NotDone> {
        let link = Link::parse(link).map_err(|_| NotDone::LinkGone)?;
        for look_up in self.look_ups_of(&link)? {
            if let Some(request) = self.0.authority.0.stores.requests.pending(&look_up).await? {
                let standing = self.standing(&request, browser)?;
                return Ok(Opened { request, standing });
            }
        }
        Err(NotDone::LinkGone)
    }

    /// Ends a link that somebody found. Answers whether it was good until now.
    pub async fn end_link(&self, opened: &Opened, by: &By) -> Result<bool, NotDone> {
        let engine = &self.0.authority;
        let events = match opened.request.user.map(subject_of).transpose()? {
            Some(subject) => {
                let (name, now) = (EventName::LinkWithdrawn, engine.now());
                vec![by.tells_of_subject(&subject, name, Reason::ByAdmin, now, &*engine.0.entropy)?]
            }
            None => Vec::new(),
        };
        let trail = Trail { facts: Vec::new(), events };
        let redeemed = engine.0.stores.requests.redeem(&opened.request.look_up, &trail).await?;
        Ok(matches!(redeemed, Redeemed::Done(..)))
    }

    fn standing(&self, request: &Request, browser: &str) -> Result<Standing, NotDone> {
        let Some(asked) = &request.browser else { return Ok(Standing::Nobodys) };
        let is_same = equal(&asked.0, &self.browser(request.kid, browser)?.0);
        Ok(if is_same { Standing::Same } else { Standing::Stranger })
    }

    /// A link that is about to be used. Another browser than asked for it says the code; five wrong ones, and it is of no use.
    pub(super) async fn use_link(
        &self,
        link: &str,
        asker: &Asker<'_>,
        code: &str,
    ) -> Result<Opened, NotDone> {
        let opened = self.open_link(link, asker.browser).await?;
        if !opened.needs().code {
            return Ok(opened);
        }
        let request = &opened.request;
        let place = cloakroom_model::words::text::base64url(&request.look_up.0);
        self.may_try(&self.buckets(&[(Counted::Code, &[&place])])?).await?;
        let said = self.kept_code(request.kid, &request.look_up, code)?;
        match request.code.is_some_and(|kept| equal(&kept, &said)) {
            true => Ok(Opened { standing: Standing::SaidCode, ..opened }),
            false => Err(NotDone::WrongCode),
        }
    }

    /// Mail costs us, and whoever gets it.
    pub(super) async fn may_send(&self, asker: &Asker<'_>, to: &str) -> Result<(), NotDone> {
        let counted: [(Counted, &[&str]); 2] =
            [(Counted::MailFromNetwork, &[asker.network]), (Counted::MailTo, &[to])];
        self.may_try(&self.buckets(&counted)?).await
    }
}
