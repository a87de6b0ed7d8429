//! What cannot be safe is not built, and the error says what to do.

use crate::app::router;
use crate::kinds::who;
use cloakroom::testing::Client;
use cloakroom::{
    BindingPolicy, Builder, Cloakroom, CookiePolicy, MemoryStore, Protected, SessionPolicy, Span, Tokens,
    danger,
};

const KEY: &str = "cloakroom-root-keys/1\n1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

fn https() -> Builder {
    Cloakroom::builder().store(MemoryStore::default()).origin("https://app.example.com")
}

fn bound() -> SessionPolicy {
    SessionPolicy { binding: BindingPolicy::Reject, ..SessionPolicy::default() }
}

fn at(origin: &str) -> Builder {
    Cloakroom::builder().store(MemoryStore::default()).origin(origin)
}

#[tokio::test]
async fn refused_with_a_code_and_a_hint() {
    for (builder, code) in [
        (Cloakroom::builder().origin("https://app.example.com"), "CK4001"),
        (at(""), "CK4002"),
        (at("app.example.com"), "CK4002"),
        (at("https://app.example.com/"), "CK4002"),
        (at("http://app.example.com"), "CK4003"),
        (at("http://192.168.1.2:3000"), "CK4003"),
        (https().shared_domain("com"), "CK4004"),
        (https().shared_domain("example.org"), "CK4004"),
        (https().embedded_in_other_sites(" "), "CK4005"),
        (https().csrf_exempt("/hook", ""), "CK4005"),
        (at("http://localhost:3000").cookie(CookiePolicy::host_http()), "CK4006"),
        (at("http://localhost:3000").embedded_in_other_sites("a shop"), "CK4006"),
        (https().cookie(CookiePolicy::dev_loopback(1)), "CK4006"),
        (https().cookie(CookiePolicy::csrf_readable()), "CK4010"),
        (https().cookie(CookiePolicy::cross_site("")), "CK4005"),
        (https().sign_in_page("/\\evil.example"), "CK4007"),
        (https().sign_in_page("https://evil.example"), "CK4007"),
        (https().sign_in_page("//evil.example"), "CK4007"),
        (https().root_key("hunter2".to_owned()), "CK3006"),
        (https().root_key_from(|| async { Ok::<_, std::io::Error>("hunter2".to_owned()) }), "CK3006"),
        (https().root_key_from(|| async { Err::<String, _>(std::io::Error::other("timed out")) }), "CK3008"),
        (https().trusts("evil"), "CK4002"),
        (https().signed_cookies(" "), "CK4005"),
        (https().sealed_cookies().root_key(KEY.to_owned()), "CK4012"),
        (https().signed_cookies("read elsewhere").root_key(KEY.to_owned()), "CK4012"),
        (https().tokens(Tokens::new().audience("two words")), "CK4014"),
        (https().tokens(Tokens::new().scope("quote\"d")), "CK4014"),
        (https().tokens(Tokens::new().life(Span::seconds(59))), "CK4015"),
        (https().tokens(Tokens::new().life(Span::minutes(61))), "CK4015"),
        (https().sealed_cookies().tokens(Tokens::new().in_cookies()), "CK4016"),
        (https().shared_domain("example.com").tokens(Tokens::new().in_memory()), "CK4016"),
        (https().tokens(Tokens::new().in_memory().in_cookies()), "CK4016"),
        (https().tokens(Tokens::new().in_cookies().in_memory()), "CK4016"),
        (https().policy(bound()).tokens(Tokens::new().in_cookies()), "CK4017"),
        (https().tokens(Tokens::new().verifiers_bear(Span::seconds(9))), "CK4018"),
        (https().tokens(Tokens::new().verifiers_bear(Span::minutes(61))), "CK4018"),
        (https().answers_to(""), "CK4013"),
        (https().answers_to("10.0.0.7:3000"), "CK4013"),
        (https().answers_to("::1"), "CK4013"),
        (https().answers_to("*.example.com"), "CK4013"),
        (https().answers_to("https://app.example.com"), "CK4013"),
        (https().store(danger::sealed_without_revocation("")).sealed_cookies(), "CK4005"),
    ] {
        let refused = builder.build().await.unwrap_err();
        assert_eq!(format!("{refused:?}"), refused.to_string(), "what `main` prints");
        let refused = refused.to_string();
        assert!(refused.starts_with(code) && refused.contains("\nhint: "), "{code}: {refused}");
        assert!(!refused.contains("hunter2"));
    }
}

#[tokio::test]
async fn built() {
    for builder in [
        https(),
        https().shared_domain("example.com"),
        https().sealed_cookies(),
        https().root_key(KEY.to_owned()),
        https().store(danger::sealed_without_revocation("a demo")).sealed_cookies().root_key(KEY.to_owned()),
        https().embedded_in_other_sites("shops show our till"),
        https().cookie(CookiePolicy::host_strict().until_browser_closes()),
        https().csrf_exempt("/hook/{id}", "the caller signs what it sends"),
        at("http://localhost:3000"),
        at("http://app.localhost:3000"),
        at("http://127.0.0.1:3000"),
    ] {
        builder.build().await.unwrap().shutdown().await.unwrap();
    }
}

/// A browser in front of a process that has just started, under the one root key.
async fn without_a_ledger() -> Client<Protected> {
    let store = danger::sealed_without_revocation("a test");
    let app = https().store(store).sealed_cookies().root_key(KEY.to_owned()).build().await.unwrap();
    Client::of(router(&app), &app)
}

/// What `danger` says is what happens: the cookies of one process open in the next, also those that were signed out.
#[tokio::test]
async fn without_a_ledger_a_signed_out_copy_is_good_again_after_a_restart() {
    let browser = without_a_ledger().await;
    browser.sign_in("anna", &[]).await.unwrap();
    let (copy, cookies) = (browser.stolen(), browser.cookies());
    assert_eq!(browser.fetch("/sign-out", "").await.text, "bye");
    assert_eq!(who(&copy).await, "nobody", "in this process it is over");
    let elsewhere = without_a_ledger().await;
    cookies.iter().for_each(|(name, value)| elsewhere.set_cookie(name, value));
    assert_eq!(who(&elsewhere).await, "anna", "nobody else knows");
}

/// And what is taken back in a process is so until it ends, also of cookies from before it.
#[tokio::test]
async fn without_a_ledger_everything_else_can_still_be_ended() {
    let browser = without_a_ledger().await;
    browser.sign_in("anna", &[]).await.unwrap();
    for _ in 0..3 {
        assert_eq!(browser.fetch("/elsewhere", "").await.status, 200);
    }
    // Another session of hers, from after all that.
    let phone = browser.another();
    phone.sign_in("anna", &[]).await.unwrap();
    let owner = without_a_ledger().await;
    let thief = owner.another();
    browser.cookies().iter().for_each(|(name, value)| owner.set_cookie(name, value));
    phone.cookies().iter().for_each(|(name, value)| thief.set_cookie(name, value));
    assert_eq!(who(&thief).await, "anna");
    assert_eq!(owner.fetch("/elsewhere", "").await.status, 200);
    assert_eq!((who(&owner).await, who(&thief).await), ("anna".to_owned(), "nobody".to_owned()));
}

/// The same key by another way is the same key: whoever is signed in stays so.
#[tokio::test]
async fn a_key_service_is_asked_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let open = || cloakroom_store_sqlite::Options::at(folder.path().join("app.db")).open().unwrap();
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let by_text = https().store(open()).root_key(KEY.to_owned()).build().await.unwrap();
    let browser = Client::of(router(&by_text), &by_text);
    browser.sign_in("anna", &[]).await.unwrap();
    by_text.shutdown().await.unwrap();
    let (ticket, counted) = (browser.cookies()["__Host-Http-cloakroom"].clone(), asked.clone());
    drop((browser, by_text));
    let service = move || async move {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>(KEY.to_owned())
    };
    let by_service = https().store(open()).root_key_from(service).build().await.unwrap();
    let browser = Client::of(router(&by_service), &by_service);
    browser.set_cookie("__Host-Http-cloakroom", &ticket);
    assert_eq!(who(&browser).await, "anna");
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
}
