// A page without an SDK.
