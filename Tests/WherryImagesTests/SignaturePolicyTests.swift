import Testing
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite struct SignaturePolicyTests {
  static func policy(_ prefixes: [String]) throws -> SignaturePolicy {
    SignaturePolicy(rules: try prefixes.map { try SignatureRule(prefix: $0, verdict: .reject) })
  }

  @Test(
    arguments: [
      ("reg.example/team/app", "reg.example/team/app"),
      ("reg.example/team/app/sub:1", "reg.example/team/app"),
      ("reg.example/team/apple", "reg.example/team"), ("reg.example/teamwork", "reg.example"),
      ("REG.example/team/x", "reg.example/team"), ("reg.example:443/team/x", "reg.example/team"),
      ("reg.example:5000/team/x", "*"), ("alpine", "docker.io/alpine"), ("alpine/git", "docker.io/alpine"),
      ("busybox", "docker.io/library"), ("index.docker.io/other/x", "docker.io"), ("quay.io/x", "*"),
    ] as [(String, String)])
  func longestPrefixDecides(_ reference: String, _ prefix: String) throws {
    let policy = try Self.policy([
      "*", "docker.io", "docker.io/library", "docker.io/alpine", "reg.example/team/app", "reg.example",
      "Reg.Example/team/",
    ])
    #expect(policy.rule(for: try Reference(reference))?.prefix == prefix)
  }

  @Test func withoutARuleNothingIsAsked() throws {
    #expect(SignaturePolicy().rule(for: try Reference("alpine")) == nil)
    #expect(try Self.policy(["reg.example"]).rule(for: try Reference("alpine")) == nil)
  }

  /// None of these could fit a name, so the rule would be without effect.
  @Test(arguments: [
    "", "alpine", "library/alpine", "reg.example//x", "reg.example/Team", "reg.example/x:1", "reg.example/*",
    "https://reg.example", "reg.example:99999", "reg.example/a b", "/x", "reg.example/x@sha256:00", "**",
  ])
  func prefixThatFitsNoNameIsRefused(_ prefix: String) {
    let error = #expect(throws: WherryError.self) { try Self.policy([prefix]) }
    #expect(error?.message.contains("signatures") == true)
    #expect(throws: WherryError.self) {
      try SignatureRule(prefix: "reg.example", verdict: .require(keys: ["/k"]), signedAs: prefix)
    }
  }

  @Test(
    arguments: [
      ("mirror.example/hub", "docker.io", "mirror.example/hub/team/x:1", "docker.io/team/x"),
      ("mirror.example/app", "vendor.example/app", "mirror.example/app", "vendor.example/app"),
      ("mirror.example", nil, "MIRROR.example:443/team/x", "mirror.example/team/x"),
    ] as [(String, String?, String, String)])
  func signedAsStandsForThePrefix(_ prefix: String, _ signedAs: String?, _ name: String, _ expected: String)
    throws
  {
    let rule = try SignatureRule(prefix: prefix, verdict: .require(keys: ["/k"]), signedAs: signedAs)
    #expect(try rule.repository(of: try Reference(name)) == expected)
  }

  @Test func signedAsForEverythingIsRefused() {
    #expect(throws: WherryError.self) {
      try SignatureRule(prefix: "*", verdict: .require(keys: ["/k"]), signedAs: "reg.example")
    }
  }
}
