import Testing
import WherryModel

@testable import WherryTLS

struct IdentityTests {
  @Test(arguments: Role.allCases) func aRoleIsReadAsItWasWritten(_ role: Role) throws {
    #expect(try RoleName.role(in: ["https://example.org", RoleName.uri(role)]) == role)
  }

  static let roleless: [[String]] = [
    [], ["https://example.org"], ["urn:wherry:role:"], ["urn:wherry:role:king"], ["urn:wherry:role:Admin"],
    ["URN:WHERRY:ROLE:ADMIN"], ["urn:wherry:role:admin\0"],
    ["urn:wherry:role:admin", "urn:wherry:role:viewer"],
    ["urn:wherry:role:admin", "urn:wherry:role:admin"], ["urn:wherry:role:admin", "Urn:wherry:role:viewer"],
  ]

  @Test(arguments: roleless) func anythingElseIsNoRole(_ uris: [String]) {
    let error = #expect(throws: WherryError.self) { try RoleName.role(in: uris) }
    #expect(error?.code == .permissionDenied)
  }

  static let hosts: [(name: String, host: String, covers: Bool)] = [
    ("device", "device", true), ("Device.Example", "device.example", true),
    ("*.example.org", "a.example.org", true),
    ("*.example.org", "a.b.example.org", false), ("*.example.org", "example.org", false),
    ("*", "device", false),
    ("*.org", "example.org", false), ("device", "device.example", false), ("127.0.0.1", "127.0.0.1", false),
    ("d*.example.org", "device.example.org", false), ("", "", true),
  ]

  @Test(arguments: hosts) func namesAreComparedByLabels(_ name: String, _ host: String, _ covers: Bool) {
    #expect(HostIdentity(names: [name], addresses: []).covers(host) == covers)
  }

  @Test func addressesAreComparedWithAddressesOnly() {
    let identity = HostIdentity(
      names: [], addresses: [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]])
    #expect(identity.covers("127.0.0.1"))
    #expect(identity.covers("::1"))
    #expect(!identity.covers("127.0.0.2"))
    #expect(!identity.covers("localhost"))
  }

  @Test func aCAsKeyMustBeItsOwn() throws {
    let one = try CertificateIssuer.authority(name: "one", days: 1)
    let two = try CertificateIssuer.authority(name: "two", days: 1)
    #expect(throws: WherryError.self) { try CertificateIssuer(certificate: one.certificate, key: two.key) }
    #expect(throws: WherryError.self) { try CertificateIssuer(certificate: "junk", key: one.key) }
  }
}
