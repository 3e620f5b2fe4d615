module sallyport.example/go-sumdb

go 1.25.0

// Not below v0.40.0: earlier ones take some altered tiles (CVE-2026-56865).
require golang.org/x/mod v0.40.0
