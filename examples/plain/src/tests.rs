use super::*;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn cookies(answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_real_server_counts_visits_and_refuses_what_was_not_meant() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("app.db")).await.unwrap();
    let cloakroom = Cloakroom::builder().store(store).origin("http://localhost:3001").build().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, cloakroom));

    let first = ask(address, "GET / HTTP/1.1", "").await;
    assert!(first.contains("Visit 1") && first.contains("x-content-type-options: nosniff"), "{first}");
    let jar = cookies(&first);
    let second = ask(address, &format!("GET / HTTP/1.1\r\ncookie: {jar}"), "").await;
    assert!(second.contains("Visit 2") && second.contains("cache-control: no-store"), "{second}");
    let token = second.split("value=\"").nth(1).unwrap().split('"').next().unwrap();

    let post = |site: &str| format!("POST /forget HTTP/1.1\r\ncookie: {jar}\r\nsec-fetch-site: {site}");
    let forged = ask(address, &post("cross-site"), &format!("_csrf={token}")).await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    let meant = format!("{}\r\nsec-fetch-mode: navigate", post("same-origin"));
    assert!(ask(address, &meant, "_csrf=x").await.starts_with("HTTP/1.1 303"));
    let forgotten = ask(address, &meant, &format!("_csrf={token}")).await;
    assert!(forgotten.contains("Forgotten."), "{forgotten}");
    let gone = ask(address, &format!("GET / HTTP/1.1\r\ncookie: {jar}"), "").await;
    assert!(gone.contains("Visit 1"), "{gone}");
    let nowhere = ask(address, "GET /nowhere HTTP/1.1", "").await;
    assert!(nowhere.starts_with("HTTP/1.1 404") && nowhere.contains("content-security-policy"), "{nowhere}");
}
