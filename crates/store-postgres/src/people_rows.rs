//! Rows of people, of what they have begun, and of letters.

use crate::connection::Connection;
use crate::error::{Failed, Result, corrupt};
use crate::rows::generations;
use crate::values::{P, fixed, from_sql, get, narrow, number, time, to_sql};
use cloakroom_model::records::account::Account;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::session::Generations;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::account::{decode_account, encode_account};
use cloakroom_store::codec::request::{decode_request, encode_request};
use cloakroom_store::directory::Found;
use cloakroom_store::requests::is_live;
use tokio_postgres::Row;

/// How often a name is looked for while others give it away.
const LOOKS: usize = 4;

fn account(row: &Row) -> Result<Account> {
    let account = decode_account(get(row, 0)?).map_err(corrupt)?;
    if account.id.to_bytes() == fixed(row, 1)? {
        Ok(account)
    } else {
        Err(Failed::Corrupt("record of somebody else"))
    }
}

/// The counters of a person, as the ledger has them.
async fn truth(connection: &Connection, user: Option<UserId>) -> Result<Generations> {
    let subject = user.map(|user| user.to_string().parse().map_err(corrupt)).transpose()?;
    generations(connection, subject.as_ref()).await
}

/// Somebody with the counters as they stood at the same moment: counters that are newer than the account would make an old password good for
/// what begins after it was changed.
pub(crate) async fn by_id(connection: &Connection, user: UserId) -> Result<Option<Found>> {
    let subject = user.to_string().parse().map_err(corrupt)?;
    let key = FactKey::User(subject).to_bytes();
    let found = connection
        .row(
            "SELECT record, id, (SELECT at_least FROM ck_fact WHERE fact_key = $2), \
             (SELECT at_least FROM ck_fact WHERE fact_key = '\\x08') FROM ck_user WHERE id = $1",
            &[P::B(&user.to_bytes()), P::B(&key)],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let counter = |at| get::<Option<i64>>(&row, at).map(|found| found.map_or(0, from_sql));
    let truth = Generations { user: counter(2)?, epoch: counter(3)? };
    Ok(Some(Found { account: account(&row)?, truth }))
}

/// Somebody by a name. Who gives it up in the same moment is looked for again.
pub(crate) async fn by_name(connection: &Connection, key: &str) -> Result<Option<Found>> {
    for _ in 0..LOOKS {
        let sql = "SELECT person FROM ck_identifier WHERE name = $1";
        let Some(row) = connection.row(sql, &[P::T(key)]).await? else { return Ok(None) };
        let found = by_id(connection, UserId::from_bytes(fixed(&row, 0)?)).await?;
        let is_theirs = |found: &Found| found.account.names.iter().any(|known| known.name.key() == key);
        if found.as_ref().is_some_and(is_theirs) {
            return Ok(found);
        }
    }
    Err(Failed::Corrupt("the name of somebody else"))
}

pub(crate) async fn people(
    connection: &Connection,
    after: Option<UserId>,
    at_most: usize,
) -> Result<Vec<Account>> {
    let after = after.map_or_else(Vec::new, |user| user.to_bytes().to_vec());
    let sql = "SELECT record, id FROM ck_user WHERE id > $1 ORDER BY id LIMIT $2";
    let found = connection.rows(sql, &[P::B(&after), P::I(to_sql(at_most as u64))]).await?;
    found.iter().map(account).collect()
}

pub(crate) async fn count(connection: &Connection, sql: &'static str) -> Result<u64> {
    let found = connection.row(sql, &[]).await?;
    found.map_or(Ok(0), |row| number(&row, 0))
}

/// The version of somebody's record, if there is one; nobody else changes it until this commits.
pub(crate) async fn version(connection: &Connection, user: UserId) -> Result<Option<u64>> {
    let sql = "SELECT version FROM ck_user WHERE id = $1 FOR UPDATE";
    let found = connection.row(sql, &[P::B(&user.to_bytes())]).await?;
    found.map(|row| number(&row, 0)).transpose()
}

/// Whether every name of an account is free, or its own already.
pub(crate) async fn may_have_names(connection: &Connection, account: &Account) -> Result<bool> {
    for known in &account.names {
        let sql = "SELECT person FROM ck_identifier WHERE name = $1";
        let holder = connection.row(sql, &[P::T(known.name.key())]).await?;
        let holder = holder.map(|row| fixed::<16>(&row, 0)).transpose()?;
        if holder.is_some_and(|holder| holder != account.id.to_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Begins an account. What somebody else takes at the same moment, its id or a name, is found by the server, and this is tried again.
pub(crate) async fn create(connection: &Connection, account: &Account) -> Result<()> {
    let sql = "INSERT INTO ck_user (id, version, record) VALUES ($1, $2, $3)";
    put(connection, sql, account).await
}

/// Puts an account in its own row, where whoever waits for it finds it still.
pub(crate) async fn replace(connection: &Connection, account: &Account) -> Result<()> {
    put(connection, "UPDATE ck_user SET version = $2, record = $3 WHERE id = $1", account).await
}

async fn put(connection: &Connection, sql: &'static str, account: &Account) -> Result<()> {
    let id = account.id.to_bytes();
    let values = [P::B(&id), P::I(to_sql(account.version)), P::B(&encode_account(account))];
    connection.change(sql, &values).await?;
    connection.change("DELETE FROM ck_identifier WHERE person = $1", &[P::B(&id)]).await?;
    for known in &account.names {
        let sql = "INSERT INTO ck_identifier (name, person) VALUES ($1, $2)";
        connection.change(sql, &[P::T(known.name.key()), P::B(&id)]).await?;
    }
    Ok(())
}

pub(crate) async fn take(connection: &Connection, user: UserId) -> Result<()> {
    for sql in ["DELETE FROM ck_user WHERE id = $1", "DELETE FROM ck_identifier WHERE person = $1"] {
        connection.change(sql, &[P::B(&user.to_bytes())]).await?;
    }
    Ok(())
}

pub(crate) async fn begin(connection: &Connection, request: &Request) -> Result<()> {
    let user = request.user.map(UserId::to_bytes);
    connection
        .change(
            "INSERT INTO ck_request (look_up, person, expires, record) VALUES ($1, $2, $3, $4)",
            &[
                P::B(&request.look_up.0),
                P::MaybeB(user.as_ref().map(|user| &user[..])),
                P::I(request.expires.millis()),
                P::B(&encode_request(request)),
            ],
        )
        .await
        .map(drop)
}

/// A request that is still good; with `FOR UPDATE` in the statement, nobody else uses it until this commits.
async fn good(
    connection: &Connection,
    sql: &'static str,
    look_up: &LookUp,
    now: Time,
) -> Result<Option<Request>> {
    let Some(row) = connection.row(sql, &[P::B(&look_up.0)]).await? else { return Ok(None) };
    let request = decode_request(get(&row, 0)?).map_err(corrupt)?;
    if request.look_up != *look_up {
        return Err(Failed::Corrupt("record of another request"));
    }
    let truth = truth(connection, request.user).await?;
    Ok(is_live(&request, truth, now).then_some(request))
}

pub(crate) async fn live(connection: &Connection, look_up: &LookUp, now: Time) -> Result<Option<Request>> {
    good(connection, "SELECT record FROM ck_request WHERE look_up = $1", look_up, now).await
}

pub(crate) async fn held(connection: &Connection, look_up: &LookUp, now: Time) -> Result<Option<Request>> {
    good(connection, "SELECT record FROM ck_request WHERE look_up = $1 FOR UPDATE", look_up, now).await
}

pub(crate) async fn request_is_taken(connection: &Connection, look_up: &LookUp) -> Result<bool> {
    let sql = "SELECT 1::int8 FROM ck_request WHERE look_up = $1";
    Ok(connection.row(sql, &[P::B(&look_up.0)]).await?.is_some())
}

pub(crate) async fn finish(connection: &Connection, look_up: &LookUp) -> Result<()> {
    connection.change("DELETE FROM ck_request WHERE look_up = $1", &[P::B(&look_up.0)]).await.map(drop)
}

/// Ends everything that was begun by or for somebody. Answers how much.
pub(crate) async fn void(connection: &Connection, user: UserId) -> Result<u32> {
    let sql = "DELETE FROM ck_request WHERE person = $1";
    let ended = connection.change(sql, &[P::B(&user.to_bytes())]).await?;
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

/// Deletes rows that are over, at most so many.
pub(crate) async fn forget(
    connection: &Connection,
    sql: &'static str,
    now: Time,
    at_most: usize,
) -> Result<usize> {
    let forgotten = connection.change(sql, &[P::I(now.millis()), P::I(to_sql(at_most as u64))]).await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
}

pub(crate) async fn post(connection: &Connection, letter: &Letter) -> Result<()> {
    connection
        .change(
            "INSERT INTO ck_outbox (id, due, tries, kept_until, sealed) VALUES ($1, $2, $3, $4, $5)",
            &[
                P::B(&letter.id),
                P::I(letter.due.millis()),
                P::I(letter.tries.into()),
                P::I(letter.until.millis()),
                P::B(&letter.sealed),
            ],
        )
        .await
        .map(drop)
}

/// Letters that are due, and that nobody else is given until this commits.
pub(crate) async fn due(connection: &Connection, now: Time, at_most: usize) -> Result<Vec<Letter>> {
    let found = connection
        .rows(
            "SELECT id, sealed, due, tries, kept_until FROM ck_outbox WHERE due <= $1 ORDER BY due LIMIT $2 \
             FOR UPDATE SKIP LOCKED",
            &[P::I(now.millis()), P::I(to_sql(at_most as u64))],
        )
        .await?;
    let letter = |row: &Row| {
        Ok(Letter {
            id: fixed(row, 0)?,
            sealed: get(row, 1)?,
            due: time(row, 2)?,
            tries: narrow(row, 3)?,
            until: time(row, 4)?,
        })
    };
    found.iter().map(letter).collect()
}

pub(crate) async fn put_off(connection: &Connection, letter: [u8; 16], due: Time, tries: u32) -> Result<u64> {
    let sql = "UPDATE ck_outbox SET due = $2, tries = tries + $3 WHERE id = $1";
    connection.change(sql, &[P::B(&letter), P::I(due.millis()), P::I(tries.into())]).await
}

pub(crate) async fn drop_letter(connection: &Connection, letter: [u8; 16]) -> Result<u64> {
    connection.change("DELETE FROM ck_outbox WHERE id = $1", &[P::B(&letter)]).await
}

/// When a bucket is full, which is nobody else's until this commits. One that is not there is made, so that there is something to hold.
pub(crate) async fn hold_bucket(connection: &Connection, bucket: &LookUp) -> Result<Option<Time>> {
    let sql = "INSERT INTO ck_throttle (bucket, full_at) VALUES ($1, $2) \
               ON CONFLICT (bucket) DO UPDATE SET full_at = ck_throttle.full_at RETURNING full_at";
    let found = connection.row(sql, &[P::B(&bucket.0), P::I(i64::MIN)]).await?;
    let full = found.map(|row| get::<i64>(&row, 0)).transpose()?;
    Ok(full.filter(|full| *full != i64::MIN).map(Time::from_millis))
}

/// From here to the commit nobody else begins something for these, or voids it.
pub(crate) async fn hold_users(connection: &Connection, users: &[UserId]) -> Result<()> {
    let mut users: Vec<[u8; 16]> = users.iter().map(|user| user.to_bytes()).collect();
    users.sort_unstable();
    for user in users {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 4850))";
        connection.rows(sql, &[P::B(&user)]).await?;
    }
    Ok(())
}

pub(crate) async fn set_full_at(connection: &Connection, bucket: &LookUp, full: Time) -> Result<()> {
    let sql = "UPDATE ck_throttle SET full_at = $2 WHERE bucket = $1";
    connection.change(sql, &[P::B(&bucket.0), P::I(full.millis())]).await.map(drop)
}
