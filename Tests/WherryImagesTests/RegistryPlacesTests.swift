import Testing
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite struct RegistryPlacesTests {
  // MARK: Mirrors

  @Test(
    arguments: [
      ("alpine:3", ["a.example/hub/library/alpine", "b.example/library/alpine", "docker.io/library/alpine"]),
      ("team/app", ["c.example:5000/app", "docker.io/team/app"]),
      ("teamwork/app", ["a.example/hub/teamwork/app", "b.example/teamwork/app", "docker.io/teamwork/app"]),
      ("quay.io/x/y", ["quay.io/x/y"]),
    ] as [(String, [String])])
  func longestPrefixSaysWhereToLook(_ text: String, _ expected: [String]) throws {
    let rules = [
      try MirrorRule(prefix: "docker.io", locations: ["https://a.example/hub/", "http://b.example"]),
      try MirrorRule(prefix: "docker.io/team/", locations: ["c.example:5000"]),
    ]
    let places = try MirrorRule.places(of: try Reference(text), rules)
    #expect(places.map { "\($0.domain)/\($0.repository)" } == expected)
    #expect(places.filter(\.isInsecure).map(\.domain).allSatisfy { $0 == "b.example" })
  }

  @Test(arguments: ["", "ftp://x/y", "host:99999", "host/UPPER", "host/a b", "host/../x", "user@host"])
  func placeThatIsNoneIsRefused(_ location: String) {
    #expect(throws: WherryError.self) { try MirrorRule(prefix: "docker.io", locations: [location]) }
  }

  // MARK: Proxies

  @Test(
    arguments: [
      ("reg.example", true, nil, true), ("reg.example", false, nil, false),
      ("reg.example", true, "example", false), ("reg.example", true, ".example", false),
      ("reg.example", true, "reg.example", false), ("reg.example", true, ".reg.example", true),
      ("reg.example", true, "eg.example", true), ("reg.example", true, "reg.example:444", true),
      ("reg.example", true, "other, *", false), ("10.1.2.3", true, "10.0.0.0/8", false),
      ("11.1.2.3", true, "10.0.0.0/8", true), ("fd00::1", true, "fd00::/16", false),
      ("localhost", true, nil, false), ("127.0.0.1", true, nil, false),
    ] as [(String, Bool, String?, Bool)])
  func proxyIsUsedWhereItIsMeant(_ host: String, _ secure: Bool, _ none: String?, _ uses: Bool) throws {
    let settings = ProxySettings(https: "http://p.example:3128", none: none)
    let origin = RegistryURL.Origin(isSecure: secure, host: host, port: 443)
    let server = try settings.server(for: origin)
    #expect((server != nil) == uses)
    if let server { #expect(server == .init(host: "p.example", port: 3128, user: nil)) }
  }

  @Test func proxyComesFromTheEnvironmentWhereItIsNotSet() throws {
    let variables = ["HTTPS_PROXY": "upper:1", "https_proxy": "lower:2", "HTTP_PROXY": "", "NO_PROXY": "x"]
    let settings = ProxySettings(http: "own:3").completed { variables[$0] }
    #expect(settings == ProxySettings(http: "own:3", https: "lower:2", none: "x"))
    #expect(try ProxySettings.parse("http://us%65r:p%3Aw@h:1/").user == "us%65r:p%3Aw")
    #expect(PercentEncoding.decode("us%65r%4") == "user%4")
  }

  @Test(arguments: ["socks5://h:1", "https://h:1", "h:1/path", "", "http://"])
  func proxyThatIsNoneIsRefusedWithoutItsPassword(_ text: String) {
    let error = #expect(throws: WherryError.self) { try ProxySettings.parse(text) }
    #expect(error?.message.contains("password") != true)
  }

  // MARK: Certificates and the clock

  @Test(arguments: [
    (50, "valid from 1970-01-01T00:01:40Z, and the clock of this device says 1970-01-01T00:00:50Z"),
    (250, "valid until 1970-01-01T00:03:20Z, and the clock"), (150, "is not trusted"),
  ])
  func refusedCertificateSaysWhy(_ now: Int, _ text: String) {
    let error = CertificateProbe.refusal("reg.example", .init(from: 100, until: 200), now: now)
    #expect(error.message.contains(text))
    #expect(error.code == .failedPrecondition)
  }
}
