//! How long it takes until a change is a change.

use super::holder::Holder;
use super::kinds::{App, Kind, app};
use super::plain::Plain;
use cloakroom::testing::ManualClock;
use cloakroom::{By, Span};
use cloakroom_rules::session::raise::Why;
use cloakroom_testkit::engine::Failure;
use core::future::Future;
use tempfile::TempDir;

/// In seconds; 0 is the very next request.
pub(crate) struct Effects {
    pub(crate) sign_out: u64,
    pub(crate) ban: u64,
    pub(crate) role: u64,
    pub(crate) stolen: u64,
}

/// No session lives longer than this; who is in after it is in for ever.
const LONGEST: u64 = 31 * 24 * 3_600;

struct World {
    clock: ManualClock,
    app: App,
    plain: Plain,
    _folder: TempDir,
}

async fn world(kind: Kind) -> Result<World, Failure> {
    let (clock, folder) = (ManualClock::default(), TempDir::new()?);
    let (app, plain) = (app(kind, folder.path(), &clock).await?, Plain::new(&clock));
    Ok(World { clock, app, plain, _folder: folder })
}

/// Asks again every so many seconds until the answer is another one.
async fn until(
    clock: &ManualClock,
    step: u64,
    mut is_still: impl AsyncFnMut() -> bool,
) -> Result<u64, Failure> {
    let mut passed = 0;
    while is_still().await {
        if passed > LONGEST {
            return Err("it never ends".into());
        }
        clock.advance(Span::seconds(i64::try_from(step)?));
        passed += step;
    }
    Ok(passed)
}

/// From an act until a copy that was made before it is refused, or lets in as less.
async fn after<F: Future<Output = Result<(), Failure>>>(
    kind: Kind,
    act: impl FnOnce(Owned) -> F,
) -> Result<u64, Failure> {
    let world = world(kind).await?;
    let mut owner = Holder::signed_in(kind, &world.app, &world.plain).await?;
    if owner.ask().await.as_deref() != Some("anna admin") {
        return Err("nobody is signed in".into());
    }
    let mut copy = owner.copy();
    act(Owned { engine: world.app.cloakroom.clone() }).await?;
    until(&world.clock, 1, async || copy.ask().await.as_deref() == Some("anna admin")).await
}

struct Owned {
    engine: cloakroom::Cloakroom,
}

pub(crate) async fn of(kind: Kind) -> Result<Effects, Failure> {
    let sign_out = {
        let world = world(kind).await?;
        let mut owner = Holder::signed_in(kind, &world.app, &world.plain).await?;
        let mut copy = owner.copy();
        owner.leave().await;
        until(&world.clock, 1, async || copy.ask().await.is_some()).await?
    };
    let ban = after(kind, |owned| async move {
        owned.engine.end_all(&"anna".parse().map_err(|_| "a subject that is none")?, &By::system()).await?;
        Ok(())
    })
    .await?;
    let role = after(kind, |owned| async move {
        let subject = "anna".parse().map_err(|_| "a subject that is none")?;
        owned.engine.engine().end_all(&subject, &Why::Demoted(Vec::new()), &By::system()).await?;
        Ok(())
    })
    .await?;
    let stolen = {
        let world = world(kind).await?;
        let mut owner = Holder::signed_in(kind, &world.app, &world.plain).await?;
        let mut thief = owner.copy();
        // Both go on as if nothing had happened, once a minute.
        until(&world.clock, 60, async || {
            let _the_owner = owner.ask().await;
            thief.ask().await.is_some()
        })
        .await?
    };
    Ok(Effects { sign_out, ban, role, stolen })
}
