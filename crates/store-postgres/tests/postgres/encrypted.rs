//! Over TLS, to a server that is who it says.

use crate::rig::runtime;
use cloakroom_servers::postgres::Postgres;
use cloakroom_store_postgres::{OpenError, PostgresStore};

#[test]
fn a_server_is_spoken_to_over_tls_and_only_if_it_is_certified() {
    let certified = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let (ours, others) = (certified("localhost"), certified("localhost"));
    let key = ours.signing_key.serialize_pem();
    let server = Postgres::start(&["ssl=on"], Some((&ours.cert.pem(), &key))).unwrap();
    let database = server.database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let roots = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string()
    };
    let open = |host: &str, roots: &str| {
        let port = server.port();
        let url =
            format!("postgres://cloakroom@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={roots}");
        runtime().block_on(PostgresStore::open(url))
    };
    let (trusted, strangers) = (roots("ours.pem", &ours.cert.pem()), roots("others.pem", &others.cert.pem()));
    let stores = open("localhost", &trusted).unwrap().into_stores();
    assert_eq!(runtime().block_on(stores.directory.count()).unwrap(), 0);
    let clear = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.backend_type = 'client backend' AND NOT s.ssl AND a.pid <> pg_backend_pid()";
    assert_eq!(server.give("postgres", clear).unwrap(), "0", "in the clear");
    for (host, roots) in [("localhost", &strangers), ("127.0.0.1", &trusted)] {
        let refused = open(host, roots).map(|_| "open");
        assert!(matches!(refused, Err(OpenError::Unreachable { .. })), "{host}: {refused:?}");
    }
}
