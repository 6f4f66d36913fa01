//! Fuzz target: any text as the head of an event of Lambda, and as that of an upstream's response. Each
//! is refused, or has no more headers than lines, and is written as one line for each part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_lambda::head::{format_request, format_response, parse_request, parse_response};

fuzz_target!(|head: &str| {
    let lines = head.split('\n').count();
    if let Ok(request) = parse_request(head) {
        let headers = request.headers();
        // Of one traceparent with commas become several.
        let others = headers.keys().filter(|name| *name != "traceparent");
        let others: usize = others
            .map(|name| headers.get_all(name).iter().count())
            .sum();
        assert!(2 * others + 4 <= lines.max(4));
        assert!(request.uri().path().is_ascii());
        let all = headers.len();
        let written = format_request(&request.into_parts().0);
        assert_eq!(written.split('\n').count(), 2 + 2 * all);
    }
    if let Ok(response) = parse_response(head) {
        let all = response.headers().len();
        assert!(
            2 * all < lines.max(1) + response.headers().get_all("traceparent").iter().count() * 2
        );
        let written = format_response(&response.into_parts().0);
        assert_eq!(written.split('\n').count(), 1 + 2 * all);
    }
});
