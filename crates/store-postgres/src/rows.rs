//! Reading and writing rows of sessions and tickets. Every statement stands here once.

use crate::connection::Connection;
use crate::error::{Failed, Result, corrupt};
use crate::values::{P, fixed, from_sql, get, narrow, number, time, to_sql};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::{Generations, Row, Standing};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::{decode_session, encode_session};
use cloakroom_store::sessions::{Expired, Touch};
use tokio_postgres::Row as Found;

/// A session as its row has it, with the counters from the same read.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) row: Row,
    pub(crate) pending: u32,
    pub(crate) truth: Generations,
}

/// What is read of a session, by a condition. The epoch is one fact, and is read with each.
macro_rules! sessions_where {
    ($condition:literal) => {
        concat!(
            "SELECT s.record, s.last_seen, s.pending, s.user_at_least, s.look_up, s.id, \
             (SELECT at_least FROM ck_fact WHERE fact_key = '\\x08') FROM ck_session s WHERE ",
            $condition
        )
    };
}

/// A session from a row of [`sessions_where`]. What stands inside the record must be what it was found by.
pub(crate) fn kept(found: &Found) -> Result<Kept> {
    kept_from(found, 0)
}

/// The same from a column on.
pub(crate) fn kept_from(found: &Found, at: usize) -> Result<Kept> {
    let row = decode_session(get(found, at)?, time(found, at + 1)?).map_err(corrupt)?;
    let is_its_own = get::<&[u8]>(found, at + 4)? == row.look_up.0
        && get::<&[u8]>(found, at + 5)? == row.session.id.to_bytes();
    if !is_its_own {
        return Err(Failed::Corrupt("record of another session"));
    }
    let epoch = get::<Option<i64>>(found, at + 6)?.map_or(0, from_sql);
    Ok(Kept {
        row,
        pending: narrow(found, at + 2)?,
        truth: Generations { user: number(found, at + 3)?, epoch },
    })
}

/// The one read of a first sight.
pub(crate) async fn by_look_up(connection: &Connection, look_up: &LookUp) -> Result<Option<Kept>> {
    let found = connection.row(sessions_where!("s.look_up = $1"), &[P::B(&look_up.0)]).await?;
    found.as_ref().map(kept).transpose()
}

/// The session of a ticket that is not its current one, and what it is: at one moment.
pub(crate) async fn by_old_ticket(
    connection: &Connection,
    look_up: &LookUp,
) -> Result<Option<(Kept, Standing)>> {
    let found = connection
        .row(
            "SELECT s.record, s.last_seen, s.pending, s.user_at_least, s.look_up, s.id, \
             (SELECT at_least FROM ck_fact WHERE fact_key = '\\x08'), o.look_up IS NULL, o.superseded FROM ck_session s \
             LEFT JOIN ck_old_ticket o ON o.session = s.id AND o.look_up = $1 \
             WHERE s.id = (SELECT session FROM ck_old_ticket WHERE look_up = $1) OR s.look_up = $1",
            &[P::B(&look_up.0)],
        )
        .await?;
    let Some(found) = found else { return Ok(None) };
    let standing = match (get::<bool>(&found, 7)?, get::<Option<i64>>(&found, 8)?) {
        (true, _) => Standing::Current,
        (false, None) => Standing::Pending,
        (false, Some(at)) => Standing::Superseded(Time::from_millis(at)),
    };
    Ok(Some((kept(&found)?, standing)))
}

pub(crate) async fn by_id(connection: &Connection, session: SessionId) -> Result<Option<Kept>> {
    let found = connection.row(sessions_where!("s.id = $1"), &[P::B(&session.to_bytes())]).await?;
    found.as_ref().map(kept).transpose()
}

/// What stands in the way of a session that shall begin, at one moment.
pub(crate) struct Before {
    /// Its id, its ticket or its family is somebody's.
    pub(crate) is_taken: bool,
    /// The counters.
    pub(crate) truth: Generations,
    /// The sessions that its subject has.
    pub(crate) sessions: Vec<SessionId>,
}

pub(crate) async fn before_opening(
    connection: &Connection,
    row: &Row,
    family: Option<FamilyId>,
) -> Result<Before> {
    let (id, family, subject) =
        (row.session.id.to_bytes(), family.map(FamilyId::to_bytes), &row.session.subject);
    let user = subject.clone().map(|subject| FactKey::User(subject).to_bytes());
    let sql = "SELECT EXISTS (SELECT 1 FROM ck_session WHERE id = $1) OR EXISTS (SELECT 1 FROM ck_session WHERE look_up = $2) \
               OR EXISTS (SELECT 1 FROM ck_old_ticket WHERE look_up = $2) OR EXISTS (SELECT 1 FROM ck_family WHERE id = $3), \
               (SELECT at_least FROM ck_fact WHERE fact_key = $4), (SELECT at_least FROM ck_fact WHERE fact_key = '\\x08'), \
               ARRAY(SELECT id FROM ck_session WHERE subject = $5)";
    let values = [
        P::B(&id),
        P::B(&row.look_up.0),
        P::MaybeB(family.as_ref().map(|family| &family[..])),
        P::MaybeB(user.as_deref()),
        P::MaybeT(subject.as_ref().map(SubjectId::as_str)),
    ];
    let found = connection.row(sql, &values).await?.ok_or(Failed::Corrupt("a row is missing"))?;
    let counter = |at| Ok::<_, Failed>(get::<Option<i64>>(&found, at)?.map_or(0, from_sql));
    let ids: Vec<&[u8]> = get(&found, 3)?;
    let id = |id: &&[u8]| (*id).try_into().map(SessionId::from_bytes).map_err(corrupt);
    Ok(Before {
        is_taken: get(&found, 0)?,
        truth: Generations { user: counter(1)?, epoch: counter(2)? },
        sessions: ids.iter().map(id).collect::<Result<_>>()?,
    })
}

/// A session that nobody else changes until this commits.
pub(crate) async fn held(connection: &Connection, session: SessionId) -> Result<Option<Kept>> {
    let sql = sessions_where!("s.id = $1 FOR UPDATE OF s");
    let found = connection.row(sql, &[P::B(&session.to_bytes())]).await?;
    found.as_ref().map(kept).transpose()
}

/// When a session runs out that nobody else changes until this commits, whether or not its record can be read.
pub(crate) async fn held_at(connection: &Connection, session: SessionId) -> Result<Option<Time>> {
    let sql = "SELECT expires FROM ck_session WHERE id = $1 FOR UPDATE";
    let found = connection.row(sql, &[P::B(&session.to_bytes())]).await?;
    found.map(|found| time(&found, 0)).transpose()
}

pub(crate) async fn of_subject(connection: &Connection, subject: &SubjectId) -> Result<Vec<Row>> {
    let sql = sessions_where!("s.subject = $1 ORDER BY s.last_seen, s.id");
    let found = connection.rows(sql, &[P::T(subject.as_str())]).await?;
    // One that cannot be read must not keep its user from the others.
    Ok(found.iter().filter_map(|found| kept(found).ok()).map(|kept| kept.row).collect())
}

/// Rows that have expired. One that does not decode must not stop the others from being swept.
pub(crate) async fn expired(connection: &Connection, now: Time, at_most: usize) -> Result<Expired> {
    let found = connection
        .rows(
            sessions_where!("s.expires <= $1 LIMIT $2"),
            &[P::I(now.millis()), P::I(to_sql(at_most as u64))],
        )
        .await?;
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for one in &found {
        match kept(one) {
            Ok(kept) => rows.push(kept.row),
            Err(_) => broken.push(SessionId::from_bytes(fixed(one, 5)?)),
        }
    }
    Ok(Expired { more: found.len() == at_most, rows, broken })
}

async fn ids(connection: &Connection, sql: &'static str, value: P<'_>) -> Result<Vec<SessionId>> {
    let found = connection.rows(sql, &[value]).await?;
    found.iter().map(|row| fixed(row, 0).map(SessionId::from_bytes)).collect()
}

pub(crate) async fn ids_of_subject(connection: &Connection, subject: &SubjectId) -> Result<Vec<SessionId>> {
    ids(connection, "SELECT id FROM ck_session WHERE subject = $1", P::T(subject.as_str())).await
}

pub(crate) async fn children(connection: &Connection, parent: SessionId) -> Result<Vec<SessionId>> {
    ids(connection, "SELECT id FROM ck_session WHERE parent = $1", P::B(&parent.to_bytes())).await
}

fn key_of(subject: Option<&SubjectId>) -> Option<Vec<u8>> {
    subject.map(|subject| FactKey::User(subject.clone()).to_bytes())
}

async fn put(connection: &Connection, sql: &'static str, row: &Row, pending: u32) -> Result<()> {
    let session = &row.session;
    let parent = session.parent.map(SessionId::to_bytes);
    let key = key_of(session.subject.as_ref());
    let values = [
        P::B(&session.id.to_bytes()),
        P::B(&row.look_up.0),
        P::MaybeT(session.subject.as_ref().map(SubjectId::as_str)),
        P::MaybeB(parent.as_ref().map(|parent| &parent[..])),
        P::I(pending.into()),
        P::I(session.last_seen.millis()),
        P::I(session.expires().millis()),
        P::I(session.idle.as_millis()),
        P::I(session.absolute.millis()),
        P::B(&encode_session(row)),
        P::MaybeB(key.as_deref()),
    ];
    connection.change(sql, &values).await.map(drop)
}

pub(crate) async fn insert(connection: &Connection, row: &Row) -> Result<()> {
    let sql = "INSERT INTO ck_session (id, look_up, subject, parent, pending, last_seen, expires, idle, absolute, record, \
               user_at_least) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
               coalesce((SELECT at_least FROM ck_fact WHERE fact_key = $11), 0))";
    put(connection, sql, row, 0).await
}

/// Puts a record in place of the one of the same session, in its own row: whoever waits for the row finds it still.
pub(crate) async fn replace(connection: &Connection, row: &Row, pending: u32) -> Result<()> {
    let sql = "UPDATE ck_session SET look_up = $2, subject = $3, parent = $4, pending = $5, last_seen = $6, expires = $7, \
               idle = $8, absolute = $9, record = $10, \
               user_at_least = coalesce((SELECT at_least FROM ck_fact WHERE fact_key = $11), 0) WHERE id = $1";
    put(connection, sql, row, pending).await
}

pub(crate) async fn delete(connection: &Connection, session: SessionId) -> Result<bool> {
    let deleted =
        connection.change("DELETE FROM ck_session WHERE id = $1", &[P::B(&session.to_bytes())]).await?;
    Ok(deleted > 0)
}

/// Writes down when sessions were used. None of them is in it twice.
pub(crate) async fn touch(connection: &Connection, touches: &[Touch]) -> Result<()> {
    let ids: Vec<[u8; 16]> = touches.iter().map(|touch| touch.session.to_bytes()).collect();
    let ids: Vec<&[u8]> = ids.iter().map(|id| &id[..]).collect();
    let seen: Vec<i64> = touches.iter().map(|touch| touch.seen.millis()).collect();
    let since: Vec<i64> = touches.iter().map(|touch| touch.since.millis()).collect();
    connection
        .change(
            "UPDATE ck_session s SET last_seen = t.seen, \
             expires = CASE WHEN s.absolute - t.seen <= s.idle THEN s.absolute ELSE t.seen + s.idle END \
             FROM unnest($1::bytea[], $2::int8[], $3::int8[]) AS t(id, seen, since) \
             WHERE s.id = t.id AND s.last_seen < t.seen AND s.expires > t.since",
            &[P::ManyB(&ids), P::ManyI(&seen), P::ManyI(&since)],
        )
        .await
        .map(drop)
}

pub(crate) async fn set_pending(connection: &Connection, session: SessionId, pending: u32) -> Result<()> {
    let values = [P::B(&session.to_bytes()), P::I(pending.into())];
    connection.change("UPDATE ck_session SET pending = $2 WHERE id = $1", &values).await.map(drop)
}

/// A ticket that is not the current one of its session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OldTicket {
    pub(crate) session: SessionId,
    pub(crate) standing: Standing,
    pub(crate) round: u32,
    pub(crate) kid: u16,
}

pub(crate) async fn old_ticket(connection: &Connection, look_up: &LookUp) -> Result<Option<OldTicket>> {
    let sql = "SELECT session, round, superseded, kid FROM ck_old_ticket WHERE look_up = $1";
    let Some(found) = connection.row(sql, &[P::B(&look_up.0)]).await? else { return Ok(None) };
    let superseded = get::<Option<i64>>(&found, 2)?.map(Time::from_millis);
    Ok(Some(OldTicket {
        session: SessionId::from_bytes(fixed(&found, 0)?),
        round: narrow(&found, 1)?,
        kid: narrow(&found, 3)?,
        standing: superseded.map_or(Standing::Pending, Standing::Superseded),
    }))
}

/// Remembers a ticket as the newest of its session, and forgets the oldest beyond `at_most`.
pub(crate) async fn put_old_ticket(
    connection: &Connection,
    look_up: &LookUp,
    old: &OldTicket,
    at_most: u32,
) -> Result<()> {
    let superseded = match old.standing {
        Standing::Superseded(at) => Some(at.millis()),
        Standing::Pending | Standing::Current => None,
    };
    let session = old.session.to_bytes();
    connection
        .change(
            "INSERT INTO ck_old_ticket (look_up, session, round, superseded, kid, place) VALUES ($1, $2, $3, $4, $5, \
             1 + coalesce((SELECT max(place) FROM ck_old_ticket WHERE session = $2), 0))",
            &[
                P::B(&look_up.0),
                P::B(&session),
                P::I(old.round.into()),
                P::MaybeI(superseded),
                P::I(old.kid.into()),
            ],
        )
        .await?;
    connection
        .change(
            "DELETE FROM ck_old_ticket WHERE session = $1 AND place <= \
             (SELECT place FROM ck_old_ticket WHERE session = $1 ORDER BY place DESC LIMIT 1 OFFSET $2)",
            &[P::B(&session), P::I(at_most.into())],
        )
        .await
        .map(drop)
}

pub(crate) async fn delete_old_ticket(connection: &Connection, look_up: &LookUp) -> Result<()> {
    let sql = "DELETE FROM ck_old_ticket WHERE look_up = $1";
    connection.change(sql, &[P::B(&look_up.0)]).await.map(drop)
}

pub(crate) async fn delete_old_tickets(connection: &Connection, session: SessionId) -> Result<()> {
    let sql = "DELETE FROM ck_old_ticket WHERE session = $1";
    connection.change(sql, &[P::B(&session.to_bytes())]).await.map(drop)
}

/// Pending tickets left over from before a round: another one of their round, or of a later one, took over.
pub(crate) async fn supersede_pending(
    connection: &Connection,
    session: SessionId,
    round: u32,
    now: Time,
) -> Result<()> {
    connection
        .change(
            "UPDATE ck_old_ticket SET superseded = $3 WHERE session = $1 AND round < $2 AND superseded IS NULL",
            &[P::B(&session.to_bytes()), P::I(round.into()), P::I(now.millis())],
        )
        .await
        .map(drop)
}

pub(crate) async fn look_up_is_taken(connection: &Connection, look_up: &LookUp) -> Result<bool> {
    let found = connection
        .row(
            "SELECT EXISTS (SELECT 1 FROM ck_session WHERE look_up = $1) \
                 OR EXISTS (SELECT 1 FROM ck_old_ticket WHERE look_up = $1)",
            &[P::B(&look_up.0)],
        )
        .await?;
    found.map_or(Ok(false), |row| get(&row, 0))
}

/// Notes the generation of a user in the rows of its sessions, where a check reads it without a second look-up.
pub(crate) async fn raise_user(connection: &Connection, subject: &SubjectId, at_least: i64) -> Result<()> {
    let values = [P::T(subject.as_str()), P::I(at_least)];
    let sql = "UPDATE ck_session SET user_at_least = greatest(user_at_least, $2) WHERE subject = $1";
    connection.change(sql, &values).await.map(drop)
}

/// What is known of these keys, in their order, at one moment.
pub(crate) async fn at_least(connection: &Connection, keys: &[FactKey]) -> Result<Vec<Option<u64>>> {
    let keys: Vec<Vec<u8>> = keys.iter().map(FactKey::to_bytes).collect();
    let asked: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let sql = "SELECT fact_key, at_least FROM ck_fact WHERE fact_key = ANY($1)";
    let found = connection.rows(sql, &[P::ManyB(&asked)]).await?;
    let mut known = Vec::with_capacity(keys.len());
    for key in &keys {
        let row = found.iter().find(|row| get::<&[u8]>(row, 0).is_ok_and(|other| other == key));
        known.push(row.map(|row| number(row, 1)).transpose()?);
    }
    Ok(known)
}

/// The counters as they stand.
pub(crate) async fn generations(connection: &Connection, subject: Option<&SubjectId>) -> Result<Generations> {
    let mut keys = vec![FactKey::Epoch];
    keys.extend(subject.cloned().map(FactKey::User));
    let known = at_least(connection, &keys).await?;
    let of = |place: usize| known.get(place).copied().flatten().unwrap_or_default();
    Ok(Generations { epoch: of(0), user: of(1) })
}

/// From here to the commit nobody else opens a session of this subject, or raises its generation.
pub(crate) async fn hold_subject(connection: &Connection, subject: &SubjectId) -> Result<()> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 4849))";
    connection.rows(sql, &[P::T(subject.as_str())]).await.map(drop)
}
