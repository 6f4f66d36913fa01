//! The request that an event belongs to: a page's address, or the request to a server.

use crate::attributes::Attributes;
use crate::json::Json;
use throughline_semconv as semconv;

/// Appends address, method and user agent. Cookies, bodies and other headers are left out.
pub(crate) fn write(attributes: &mut Attributes<'_>, request: &Json<'_>, language: &str) {
    let address = match language {
        "webjs" => semconv::BROWSER_DOCUMENT_URL_FULL,
        _ => semconv::URL_FULL,
    };
    attributes.text(address, request.get("url").text());
    attributes.text(semconv::HTTP_REQUEST_METHOD, request.get("method").text());
    let headers = request.get("headers").pairs();
    let mut agents = headers.filter(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
    if let Some((_, agent)) = agents.next() {
        attributes.text(semconv::USER_AGENT_ORIGINAL, agent.text());
    }
}
