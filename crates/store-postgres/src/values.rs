//! Values on their way to the server and back. There are three kinds: numbers, bytes and text.

use crate::error::{Failed, Result, corrupt};
use cloakroom_model::records::fact::Fact;
use cloakroom_model::words::time::Time;
use core::error::Error;
use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

/// A value for a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum P<'a> {
    I(i64),
    MaybeI(Option<i64>),
    ManyI(&'a [i64]),
    B(&'a [u8]),
    MaybeB(Option<&'a [u8]>),
    ManyB(&'a [&'a [u8]]),
    T(&'a str),
    MaybeT(Option<&'a str>),
}

impl P<'_> {
    pub(crate) const fn kind(&self) -> Type {
        match self {
            Self::I(_) | Self::MaybeI(_) => Type::INT8,
            Self::ManyI(_) => Type::INT8_ARRAY,
            Self::B(_) | Self::MaybeB(_) => Type::BYTEA,
            Self::ManyB(_) => Type::BYTEA_ARRAY,
            Self::T(_) | Self::MaybeT(_) => Type::TEXT,
        }
    }
}

impl ToSql for P<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> core::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::I(value) => value.to_sql(kind, out),
            Self::MaybeI(value) => value.to_sql(kind, out),
            Self::ManyI(value) => value.to_sql(kind, out),
            Self::B(value) => value.to_sql(kind, out),
            Self::MaybeB(value) => value.to_sql(kind, out),
            Self::ManyB(value) => value.to_sql(kind, out),
            Self::T(value) => value.to_sql(kind, out),
            Self::MaybeT(value) => value.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT8_ARRAY, Type::BYTEA, Type::BYTEA_ARRAY, Type::TEXT].contains(kind)
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A column by its place.
pub(crate) fn get<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T> {
    row.try_get(at).map_err(Failed::from)
}

/// The same for a number of a narrower kind.
pub(crate) fn narrow<T: TryFrom<i64>>(row: &Row, at: usize) -> Result<T> {
    T::try_from(get::<i64>(row, at)?).map_err(corrupt)
}

/// The same for bytes of a fixed length.
pub(crate) fn fixed<const N: usize>(row: &Row, at: usize) -> Result<[u8; N]> {
    <[u8; N]>::try_from(get::<&[u8]>(row, at)?).map_err(corrupt)
}

pub(crate) fn time(row: &Row, at: usize) -> Result<Time> {
    get(row, at).map(Time::from_millis)
}

/// The largest number of the server stands for the largest of ours.
pub(crate) fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The inverse of [`to_sql`].
pub(crate) fn from_sql(value: i64) -> u64 {
    if value == i64::MAX { Fact::REVOKED } else { u64::try_from(value).unwrap_or_default() }
}

/// A number of ours in a column.
pub(crate) fn number(row: &Row, at: usize) -> Result<u64> {
    get(row, at).map(from_sql)
}
