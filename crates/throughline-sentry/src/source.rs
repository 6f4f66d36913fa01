//! The sender of records, as an OTLP resource and instrumentation scope.

use crate::attributes::Attributes;
use crate::json::Json;
use alloc::vec::Vec;
use throughline_otlp::field::resource::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// The sender; a field is empty where nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    /// A service that the application names itself.
    pub(crate) service: &'a str,
    pub(crate) release: &'a str,
    pub(crate) environment: &'a str,
    pub(crate) server_name: &'a str,
    pub(crate) platform: &'a str,
    pub(crate) sdk_name: &'a str,
    pub(crate) sdk_version: &'a str,
}

impl<'a> Source<'a> {
    /// The sender of an event, a transaction or a session; `sdk` is the envelope's.
    pub(crate) fn of_event(event: &'a Json<'_>, sdk: &'a Json<'_>) -> Self {
        let own = event.get("sdk");
        let sdk = if own.get("name").text().is_empty() {
            sdk
        } else {
            own
        };
        let service = event.get("tags").pairs();
        let service = service.filter(|(key, _)| *key == semconv::SERVICE_NAME);
        Self {
            service: service
                .map(|(_, service)| name(service))
                .next()
                .unwrap_or_default(),
            release: name(event.get("release")),
            environment: name(event.get("environment")),
            server_name: name(event.get("server_name")),
            platform: name(event.get("platform")),
            sdk_name: name(sdk.get("name")),
            sdk_version: name(sdk.get("version")),
        }
    }

    /// The encoded `Resource`.
    pub(crate) fn resource(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let mut attributes = Attributes {
            writer: &mut writer,
            field: ATTRIBUTES,
        };
        let service = match self.service_name() {
            "" => UNKNOWN,
            service => service,
        };
        for (key, value) in [
            (semconv::SERVICE_NAME, service),
            (semconv::SERVICE_VERSION, self.release),
            (semconv::DEPLOYMENT_ENVIRONMENT_NAME, self.environment),
            (semconv::HOST_NAME, self.server_name),
            (semconv::TELEMETRY_SDK_NAME, self.sdk_name),
            (semconv::TELEMETRY_SDK_LANGUAGE, self.language()),
            (semconv::TELEMETRY_SDK_VERSION, self.sdk_version),
        ] {
            attributes.text(key, value);
        }
        writer.into_bytes()
    }

    /// Sentry has no service: it is what the application says, or the package in a release
    /// such as `shop@1.2.3`.
    fn service_name(&self) -> &'a str {
        if !self.service.is_empty() {
            return self.service;
        }
        let package = self.release.rsplit_once('@').map(|(package, _)| package);
        package.unwrap_or_default()
    }

    /// The language, as `telemetry.sdk.language` names it. The platform says it of an event;
    /// the name of the SDK, `sentry.python.django`, says it of everything.
    pub(crate) fn language(&self) -> &'a str {
        let mut names = self.sdk_name.split('.').skip(1);
        let (language, flavour) = (names.next().unwrap_or_default(), names.next());
        match if self.platform.is_empty() {
            language
        } else {
            self.platform
        } {
            "node" => "nodejs",
            "javascript" if flavour.is_some_and(|flavour| ON_SERVERS.contains(&flavour)) => {
                "nodejs"
            }
            "javascript" => "webjs",
            "csharp" => "dotnet",
            "cocoa" => "swift",
            "native" | "c" => "cpp",
            "elixir" => "erlang",
            "other" => language,
            named => named,
        }
    }
}

/// A name of a sender, or its beginning: each record costs as much as the names of its
/// sender, and an envelope may have many records. Sentry allows 200 characters of a release.
pub(crate) fn name<'j>(json: &'j Json<'_>) -> &'j str {
    let text = json.text();
    text.get(..text.floor_char_boundary(MAX_NAME))
        .unwrap_or_default()
}

/// Bytes of a name in a resource.
const MAX_NAME: usize = 250;
/// The service of a sender that names none:
/// <https://opentelemetry.io/docs/specs/semconv/resource/#service>.
const UNKNOWN: &str = "unknown_service";
/// The JavaScript SDKs that run on servers alone.
const ON_SERVERS: [&str; 10] = [
    "aws-serverless",
    "bun",
    "cloudflare",
    "deno",
    "google-cloud-serverless",
    "hono",
    "nestjs",
    "node",
    "node-core",
    "vercel-edge",
];
