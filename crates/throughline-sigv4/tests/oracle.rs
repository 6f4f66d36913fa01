//! Compares signatures with those of AWS's own signer, over requests of every shape.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    self, PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody,
    SignableRequest, SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use proptest::collection::vec;
use proptest::prelude::*;
use std::time::{Duration, SystemTime};
use throughline_sigv4::{AmzDate, Credentials, Options, Request, Scope, SignError, Signed, sign};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_request_is_signed_as_aws_signs_it(
        method in "GET|POST|PUT",
        path in prop_oneof![
            vec("[a-zA-Z0-9._~-]{1,4}|\\.|\\.\\.||%[2-7][0-9A-F]|@x|a:b|é", 0..6),
        ],
        query in prop::option::of(vec(
            ("[a-z]{0,2}|%E1%88%B4|%zz|a\\+b|-", prop::option::of("[a-zA-Z=/*:]{0,3}|%20|%2F|\\+")),
            0..5,
        )),
        headers in vec((HEADER, "[ -~]{0,12}|a   b"), 0..5),
        body in vec(any::<u8>(), 0..40),
        secret_key in "[a-zA-Z0-9/+]{1,90}",
        token in prop::option::of("[a-zA-Z0-9/+=]{1,20}"),
        service in "xray|logs|es",
        seconds in 0_u64..4_102_444_800,
        options in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let mut target = format!("/{}", path.join("/"));
        // An origin of two slashes would be an authority to the parser of the oracle.
        prop_assume!(!target.starts_with("//"));
        if let Some(query) = query {
            let pairs = query.iter().map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            });
            target = format!("{target}?{}", pairs.collect::<Vec<_>>().join("&"));
        }
        let mut list = vec![("Host", "xray.eu-central-1.amazonaws.com")];
        list.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = Request { method: &method, target: &target, headers: &list, body: &body };
        let credentials = Credentials {
            access_key: "AKIDEXAMPLE",
            secret_key: &secret_key,
            session_token: token.as_deref(),
        };
        let scope = Scope { region: "eu-central-1", service: &service };
        let options = Options {
            normalize_path: options.0,
            sign_body: options.1,
            omit_session_token: options.2,
        };

        let date = AmzDate::from_unix_seconds(seconds);
        let ours = sign(&request, &credentials, &scope, &date, options).unwrap();
        let (headers, signature) = oracle(&request, &credentials, &scope, seconds, options);
        prop_assert_eq!(&ours.signature, &signature, "{}", ours.canonical);
        prop_assert_eq!(sorted(&ours), headers);
    }

    #[test]
    fn no_request_makes_it_panic(
        target in ".{0,40}",
        name in ".{0,8}",
        value in ".{0,20}",
        secret_key in ".{0,80}",
    ) {
        let request = Request {
            method: "GET",
            target: &target,
            headers: &[("host", &value), (&name, &value)],
            body: b"",
        };
        let credentials =
            Credentials { access_key: "", secret_key: &secret_key, session_token: Some(&value) };
        let scope = Scope { region: "", service: "s3" };
        let date = AmzDate::from_unix_seconds(0);
        prop_assert!(sign(&request, &credentials, &scope, &date, Options::default()).is_ok());
    }
}

#[test]
fn s3_signs_the_path_as_it_is_on_the_wire() {
    let options = Options {
        normalize_path: false,
        sign_body: true,
        omit_session_token: false,
    };
    let request = Request {
        method: "GET",
        target: "/bucket//a%20b/../c%2Fd",
        headers: &[("host", "s3.amazonaws.com")],
        body: b"",
    };
    let scope = Scope {
        region: "us-east-1",
        service: "s3",
    };
    let date = AmzDate::from_unix_seconds(1_440_938_160);
    let ours = sign(&request, &CREDENTIALS, &scope, &date, options).unwrap();
    assert!(
        ours.canonical
            .starts_with("GET\n/bucket//a%20b/../c%2Fd\n\n"),
        "{}",
        ours.canonical
    );
    let (headers, signature) = oracle(&request, &CREDENTIALS, &scope, 1_440_938_160, options);
    assert_eq!(ours.signature, signature);
    assert_eq!(sorted(&ours), headers);
}

#[test]
fn a_request_without_host_is_refused() {
    let request = Request {
        method: "GET",
        target: "/",
        headers: &[("accept", "*/*")],
        body: b"",
    };
    let scope = Scope {
        region: "us-east-1",
        service: "xray",
    };
    let date = AmzDate::from_unix_seconds(0);
    let error = sign(&request, &CREDENTIALS, &scope, &date, Options::default()).err();
    assert_eq!(error, Some(SignError::HostMissing));
}

#[test]
fn debug_output_shows_no_secret() {
    let text = format!("{CREDENTIALS:?}");
    assert!(text.contains("AKIDEXAMPLE"), "{text}");
    assert!(
        !text.contains("SECRET") && !text.contains("TOKEN"),
        "{text}"
    );
}

/// The headers that AWS's signer adds to the request, by name, and its signature.
fn oracle(
    request: &Request<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    seconds: u64,
    options: Options,
) -> (Vec<(String, String)>, String) {
    let mut settings = SigningSettings::default();
    if scope.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
    }
    settings.uri_path_normalization_mode = UriPathNormalizationMode::from(options.normalize_path);
    if options.sign_body {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if options.omit_session_token {
        settings.session_token_mode = SessionTokenMode::Exclude;
    }
    let identity: Identity = AwsCredentials::from_keys(
        credentials.access_key,
        credentials.secret_key,
        credentials.session_token.map(str::to_owned),
    )
    .into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let signable = SignableRequest::new(
        request.method,
        request.target,
        request.headers.iter().copied(),
        SignableBody::Bytes(request.body),
    )
    .unwrap();
    let (instructions, signature) = http_request::sign(signable, &parameters)
        .unwrap()
        .into_parts();
    let mut headers: Vec<(String, String)> = instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    headers.sort();
    (headers, signature)
}

fn sorted(signed: &Signed) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = signed
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    headers.sort();
    headers
}

/// Names that repeat, that are not signed, and that the signature itself sets.
const HEADER: &str = "[Xx]-[a-c]|My-Header1|my-header1|Content-Type|User-Agent|Authorization|X-Amzn-Trace-Id\
     |Transfer-Encoding|X-Amz-Date|x-amz-security-token|x-amz-content-sha256|x-aws-log-group";

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key: "AKIDEXAMPLE",
    secret_key: "SECRET",
    session_token: Some("TOKEN"),
};
