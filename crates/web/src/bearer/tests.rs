use super::*;

fn of(values: &[&str]) -> Result<String, String> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    presented(&headers).map(str::to_owned).map_err(|no| format!("{no:?}"))
}

#[test]
fn one_token_in_one_form() {
    let (missing, malformed) = (Err("Missing".to_owned()), Err("Malformed".to_owned()));
    for (values, wanted) in [
        (&["Bearer abc.def-_~+/="][..], Ok("abc.def-_~+/=".to_owned())),
        (&["bearer x"], Ok("x".to_owned())),
        (&["BEARER x"], Ok("x".to_owned())),
        (&[], missing.clone()),
        (&["Basic YTpi"], missing.clone()),
        (&["Digest x"], missing),
        (&["Bearer"], malformed.clone()),
        (&["Bearer "], malformed.clone()),
        (&["Bearer  x"], malformed.clone()),
        (&["Bearer x y"], malformed.clone()),
        (&["Bearer x,y"], malformed.clone()),
        (&["Bearer \u{e9}"], malformed.clone()),
        (&["Bearer x", "Bearer x"], malformed.clone()),
        (&["Bearer x", "Basic YTpi"], malformed),
    ] {
        assert_eq!(of(values), wanted, "{values:?}");
    }
}
