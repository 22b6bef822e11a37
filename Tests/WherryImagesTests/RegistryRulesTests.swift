import Testing
import WherryModel

@testable import WherryImages

@Suite struct RegistryRulesTests {
  @Test(arguments: [
    ("https://a.example/v2/", true, "a.example", 443, "/v2/"),
    ("HTTP://A.Example:5000?x=1", false, "a.example", 5000, "/?x=1"),
    ("https://[2001:db8::1]:8443/p?q", true, "2001:db8::1", 8443, "/p?q"),
  ])
  func urlIsTakenApart(_ text: String, _ isSecure: Bool, _ host: String, _ port: Int, _ target: String) throws
  {
    let url = try RegistryURL(text)
    #expect(url.origin == RegistryURL.Origin(isSecure: isSecure, host: host, port: port))
    #expect(url.target == target)
    #expect(try RegistryURL(url.description) == url)
  }

  @Test(arguments: [
    "", "ftp://a/", "file:///etc/passwd", "https://", "https:///x", "https://user@host/", "https://a b/",
    "https://a/\r\nHost: b", "https://a/\u{0}", "https://a/%0d%0aX: y", "https://a/%0Ax", "https://a/%00",
    "https://a:0/", "https://a:65536/", "https://a:b/", "https://h\u{f6}st/",
    "https://127\u{3002}0\u{3002}0\u{3002}1/",
    "https://[::1/", "https://[zz]/", "https://a\\b/", "https://a/#fragment", "javascript:alert(1)",
    "https://" + String(repeating: "a", count: 300) + "/",
    "https://a/" + String(repeating: "b", count: 20000),
  ])
  func urlThatIsNotPlainIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try RegistryURL(text) }
  }

  @Test func locationsAreResolved() throws {
    let base = try RegistryURL("https://a.example/v2/x/blobs/y?z=1")
    #expect(try base.following("https://b.example/c").description == "https://b.example/c")
    #expect(try base.following("//b.example/c").description == "https://b.example/c")
    #expect(try base.following("/c?d").description == "https://a.example/c?d")
    #expect(try base.following("c").description == "https://a.example/v2/x/blobs/c")
    for bad in ["mailto:x", "/a\r\nb", "/%0d%0a", "http:/x y"] {
      #expect(throws: WherryError.self) { try base.following(bad) }
    }
  }

  @Test func queriesAreEscaped() throws {
    let url = try RegistryURL("https://a/t?x=1").withQuery([
      ("scope", "repository:a/b:pull"), ("s", "a b&c=\u{e9}\r\n"),
    ])
    #expect(url.target == "/t?x=1&scope=repository%3Aa%2Fb%3Apull&s=a%20b%26c%3D%C3%A9%0D%0A")
  }

  @Test(arguments: [
    ("registry.example", HostKind.name), ("localhost", .loopback), ("x.localhost", .loopback),
    ("127.0.0.1", .loopback), ("127.9.9.9", .loopback), ("::1", .loopback), ("::ffff:127.0.0.1", .loopback),
    ("10.0.0.1", .localAddress), ("172.31.0.1", .localAddress), ("192.168.1.1", .localAddress),
    ("169.254.169.254", .localAddress), ("100.64.0.1", .localAddress), ("0.0.0.0", .localAddress),
    ("::", .localAddress), ("fe80::1", .localAddress), ("fd00::1", .localAddress),
    ("::ffff:169.254.169.254", .localAddress), ("64:ff9b::a9fe:a9fe", .localAddress),
    ("224.0.0.1", .localAddress),
    ("8.8.8.8", .publicAddress), ("2606:4700::1", .publicAddress), ("127.1", .ambiguous),
    ("2130706433", .ambiguous), ("0x7f.0.0.1", .ambiguous), ("0x7f000001", .ambiguous),
    ("010.0.0.1", .ambiguous),
    ("1.2.3.4.5", .ambiguous), ("172.15.0.1", .publicAddress),
  ])
  func hostsAreTold(_ host: String, _ kind: HostKind) {
    #expect(HostKind(host) == kind)
  }

  @Test func plainTransportIsForLoopbackAndConfiguredRegistries() throws {
    #expect(try TransportRules(domain: "docker.io", insecure: []).registry.host == "registry-1.docker.io")
    #expect(try TransportRules(domain: "docker.io", insecure: []).registry.isSecure)
    #expect(try !TransportRules(domain: "127.0.0.1:5000", insecure: []).registry.isSecure)
    #expect(try !TransportRules(domain: "localhost:5000", insecure: []).registry.isSecure)
    #expect(try !TransportRules(domain: "[::1]:5000", insecure: []).registry.isSecure)
    #expect(try TransportRules(domain: "10.0.0.5:5000", insecure: []).registry.isSecure)
    #expect(try !TransportRules(domain: "10.0.0.5:5000", insecure: ["10.0.0.5:5000"]).registry.isSecure)
    #expect(try !TransportRules(domain: "Reg.example", insecure: ["reg.example"]).registry.isSecure)
    #expect(throws: WherryError.self) { try TransportRules(domain: "127.1:5000", insecure: []) }
  }

  @Test(arguments: [
    ("registry.example", "https://cdn.example/x", true), ("registry.example", "http://cdn.example/x", false),
    ("registry.example", "http://registry.example/x", false),
    ("registry.example", "http://127.0.0.1/x", false),
    ("registry.example", "https://127.0.0.1/x", false),
    ("registry.example", "https://169.254.169.254/x", false),
    ("registry.example", "https://[::ffff:10.0.0.1]/x", false),
    ("registry.example", "https://localhost/x", false),
    ("registry.example", "https://2130706433/x", false), ("registry.example", "https://8.8.8.8/x", true),
    ("127.0.0.1:5000", "http://127.0.0.1:5001/x", true),
    ("127.0.0.1:5000", "http://169.254.169.254/x", false),
    ("127.0.0.1:5000", "https://cdn.example/x", true), ("10.0.0.5:5000", "https://10.0.0.6/x", true),
    ("10.0.0.5:5000", "http://10.0.0.5:5000/x", false),
  ])
  func placesARegistryMayLeadTo(_ domain: String, _ target: String, _ isAllowed: Bool) throws {
    let rules = try TransportRules(domain: domain, insecure: [])
    let url = try RegistryURL(target)
    if isAllowed {
      try rules.check(url, from: nil, what: "token realm")
    } else {
      #expect(throws: WherryError.self) { try rules.check(url, from: nil, what: "token realm") }
    }
  }

  @Test func redirectFromTLSToPlainIsRefusedEvenOnLoopback() throws {
    let rules = try TransportRules(domain: "127.0.0.1:5000", insecure: [])
    let secure = try RegistryURL("https://127.0.0.1:5001/x")
    #expect(throws: WherryError.self) {
      try rules.check(try RegistryURL("http://127.0.0.1:5000/x"), from: secure, what: "redirect")
    }
  }

  @Test func challengesAreRead() {
    let found = AuthenticationChallenge.parse([
      "Bearer realm=\"https://a/t\",service=\"x, \\\"y\\\"\", scope=z",
      "Basic realm=foo, Digest qop=\"auth\"",
    ])
    #expect(found.map(\.scheme) == ["bearer", "basic", "digest"])
    #expect(found.first?.parameters == ["realm": "https://a/t", "service": "x, \"y\"", "scope": "z"])
  }

  @Test(arguments: [
    "", ",,,", "Bearer", "Bearer realm=", "Bearer realm=\"open", "=", "\"", "Bearer realm=\"a\\",
  ])
  func brokenChallengesEndInNothing(_ text: String) {
    #expect(AuthenticationChallenge.parse([text]).allSatisfy { $0.parameters["realm"] == nil })
    #expect(AuthenticationChallenge.parse([String(repeating: "Bearer a=b,", count: 10000)]).isEmpty)
  }
}
