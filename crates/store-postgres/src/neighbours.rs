//! What processes on one database say to each other of their verifiers.

use crate::connection::Connection;
use crate::error::{Result, corrupt};
use crate::tick::Server;
use crate::values::{P, get};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Span;
use cloakroom_store::neighbours::{Neighbour, Said};

/// In place of how much is borne, of one that has no verifiers. (`all_but` names it too.)
const NOBODY: i64 = -1;

type Heads = Vec<(LaneId, u64)>;

fn encode(heads: &Heads) -> Vec<u8> {
    let mut writer = Writer::default();
    for (lane, head) in heads {
        writer.number(lane.0.into()).number(*head);
    }
    writer.finish()
}

fn decode(bytes: &[u8]) -> core::result::Result<Heads, Malformed> {
    let (mut reader, mut heads) = (Reader::new(bytes), Heads::new());
    while reader.end().is_err() {
        let lane = u32::try_from(reader.number()?).map_err(|_| Malformed)?;
        heads.push((LaneId(lane), reader.number()?));
    }
    Ok(heads)
}

/// All but one.
pub(crate) async fn all_but(connection: &Connection, own: &Server) -> Result<Vec<Neighbour>> {
    let sql = "SELECT (extract(epoch FROM clock_timestamp() - seen) * 1000)::int8, bears, holds FROM ck_server \
               WHERE id <> $1 AND bears IS DISTINCT FROM -1";
    let rows = connection.rows(sql, &[P::B(own)]).await?;
    let neighbour = |row| {
        let silent_for = Span::millis(get(row, 0)?);
        // One that has said nothing yet, or whose row was lost and is there again, may have verifiers.
        let bears = Span::millis(get::<Option<i64>>(row, 1)?.unwrap_or_default());
        let heads = get::<Option<&[u8]>>(row, 2)?.map(decode).transpose().map_err(corrupt)?;
        Ok(Neighbour { silent_for, said: Said { bears, heads: heads.unwrap_or_default() } })
    };
    rows.iter().map(neighbour).collect()
}

/// What one says; or that it has no verifiers, and had none that could believe it still.
pub(crate) async fn say(connection: &Connection, own: &Server, said: Option<Said>) -> Result<()> {
    let (bears, heads) = said.map(|said| (said.bears.as_millis(), encode(&said.heads))).unzip();
    let bears = bears.unwrap_or(NOBODY);
    let sql = "INSERT INTO ck_server (id, ticks, bears, holds) VALUES ($1, 0, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET bears = excluded.bears, holds = excluded.holds";
    connection.change(sql, &[P::B(own), P::I(bears), P::MaybeB(heads.as_deref())]).await.map(drop)
}
