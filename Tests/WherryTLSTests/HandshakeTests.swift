import Glibc
import Synchronization
import Testing
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

@testable import WherryTLS

/// Real TLS over loopback: who gets in and as what, who does not and why (CASES.md D7, D8).
@Suite(.timeLimit(.minutes(1)), .serialized)
struct HandshakeTests {
  /// A folder with one CA's files and those it signs.
  final class Fleet {
    let folder: String
    let authority: CertificateIssuer.Issued
    let issuer: CertificateIssuer

    init(name: String = "test CA") throws {
      var template = Array("/tmp/wherry-tls-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { throw WherryError(.internal, "mkdtemp failed") }
      folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      authority = try CertificateIssuer.authority(name: name, days: 10)
      issuer = try CertificateIssuer(certificate: authority.certificate, key: authority.key)
    }

    deinit { _ = system("rm -rf \(folder)") }

    func files(_ name: String, _ issued: CertificateIssuer.Issued, ca: String? = nil) throws -> TLSFiles {
      let path = "\(folder)/\(name)"
      mkdir(path, 0o700)
      let files = TLSFiles(folder: path)
      for (path, text) in [
        (files.ca, ca ?? authority.certificate), (files.certificate, issued.certificate),
        (files.key, issued.key),
      ] {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
          throw WherryError(.internal, "write failed")
        }
        close(descriptor)
      }
      return files
    }
  }

  /// Runs a listener with a device's certificate; `body` gets its port.
  static func serve(
    _ fleet: Fleet, device: CertificateIssuer.Issued? = nil,
    _ body: (UInt16, EventLoopThread) async throws -> Void
  ) async throws -> [String] {
    let issued =
      try device ?? fleet.issuer.device(name: "device", hosts: ["localhost", "127.0.0.1"], days: 10)
    let refusals = Mutex<[String]>([])
    let thread = EventLoopThread()
    let port = UInt16.random(in: 20_000...30_000)
    let doorman = try TLSDoorman(TLSCredentials(fleet.files("device", issued))) { _, error in
      refusals.withLock { $0.append(error.message) }
    }
    let service = Service { call in
      await call.serveUnary { (_: String, context) in "\(context.peer.role.name) \(context.peer.description)"
      }
    }
    let listener = Listener(
      [Entrance([try ListeningSocket(address: "127.0.0.1:\(port)")], doorman)], thread: thread,
      service: service)
    try await listener.startAccepting()
    do { try await body(port, thread) } catch {
      Issue.record(error)
    }
    try await listener.shutDown("the test is over", grace: .zero)
    try await thread.shutDown()
    return refusals.withLock { $0 }
  }

  static func call(_ host: String, _ port: UInt16, _ thread: EventLoopThread, _ files: TLSFiles) async throws
    -> String
  {
    let connection = try await Dialer(thread: thread).connect(
      host: host, port: port, credentials: TLSCredentials(files))
    defer { connection.close() }
    return try await connection.unary(.systemVersion, "x")
  }

  @Test(arguments: Role.allCases) func theCertificatesRoleIsThePeers(_ role: Role) async throws {
    let fleet = try Fleet()
    let files = try fleet.files("client", fleet.issuer.client(name: "ann\n\u{1b}[J", role: role, days: 10))
    let refusals = try await Self.serve(fleet) { port, thread in
      for host in ["localhost", "127.0.0.1"] {
        let answer = try await Self.call(host, port, thread, files)
        #expect(answer == "\(role.name) certificate \"ann??[J\" from 127.0.0.1")
      }
    }
    #expect(refusals == [])
  }

  static func refused(
    _ fleet: Fleet, _ files: TLSFiles, device: CertificateIssuer.Issued? = nil, host: String = "localhost"
  ) async throws -> (client: WherryError?, server: [String]) {
    var failure: WherryError?
    let server = try await serve(fleet, device: device) { port, thread in
      do {
        _ = try await call(host, port, thread, files)
      } catch let error as WherryError {
        failure = error
      }
    }
    return (failure, server)
  }

  @Test func aClientOfAnotherCAIsRefused() async throws {
    let fleet = try Fleet()
    let other = try Fleet(name: "other CA")
    let files = try fleet.files("evil", other.issuer.client(name: "evil", role: .admin, days: 10))
    let (client, server) = try await Self.refused(fleet, files)
    #expect(client?.code == .permissionDenied)
    #expect(client?.message.contains("does not know the CA") == true)
    #expect(server.count == 1)
  }

  @Test func aDeviceOfAnotherCAIsRefused() async throws {
    let fleet = try Fleet()
    let other = try Fleet(name: "other CA")
    let files = try fleet.files(
      "client", fleet.issuer.client(name: "ann", role: .admin, days: 10), ca: other.authority.certificate)
    let (client, _) = try await Self.refused(fleet, files)
    #expect(client?.code == .permissionDenied)
    #expect(
      client?.message.contains("not from the CA") == true || client?.message.contains("another CA") == true)
  }

  @Test func expiredCertificatesAreRefusedOnBothSides() async throws {
    let fleet = try Fleet()
    // Certificates begin an hour before they are made.
    let files = try fleet.files("old", fleet.issuer.client(name: "ann", role: .admin, days: 0))
    let (client, server) = try await Self.refused(fleet, files)
    #expect(client?.message.contains("expired") == true)
    #expect(server.count == 1)
    let good = try fleet.files("client", fleet.issuer.client(name: "ann", role: .admin, days: 10))
    let old = try fleet.issuer.device(name: "device", hosts: ["localhost"], days: 0)
    let (other, _) = try await Self.refused(fleet, good, device: old)
    #expect(other?.code == .permissionDenied)
  }

  /// The name leads to an address that the certificate is for; it is not for the name.
  @Test func aDeviceIsRefusedUnderANameThatIsNotItsOwn() async throws {
    let fleet = try Fleet()
    let files = try fleet.files("client", fleet.issuer.client(name: "ann", role: .admin, days: 10))
    let device = try fleet.issuer.device(name: "localhost", hosts: ["device.example", "127.0.0.1"], days: 10)
    let (client, _) = try await Self.refused(fleet, files, device: device)
    #expect(client?.code == .permissionDenied)
    #expect(client?.message.contains("another host") == true)
  }

  @Test func aDevicesCertificateIsNoClients() async throws {
    let fleet = try Fleet()
    let files = try fleet.files("client", fleet.issuer.device(name: "device", hosts: ["a"], days: 10))
    let (client, server) = try await Self.refused(fleet, files)
    #expect(client?.code == .permissionDenied)
    #expect(server.count == 1)
  }

  @Test func aClientsCertificateIsNoDevices() async throws {
    let fleet = try Fleet()
    let files = try fleet.files("client", fleet.issuer.client(name: "ann", role: .admin, days: 10))
    let (client, _) = try await Self.refused(
      fleet, files, device: fleet.issuer.client(name: "localhost", role: .admin, days: 1))
    #expect(client?.code == .permissionDenied)
  }

  @Test func plainTextIsNotAnswered() async throws {
    let fleet = try Fleet()
    let refusals = try await Self.serve(fleet) { port, thread in
      let connection = try await Dialer(thread: thread).connect(host: "127.0.0.1", port: Int(port)) { _ in }
      await #expect(throws: WherryError.self) { try await connection.waitUntilEstablished() }
    }
    #expect(refusals.count == 1)
  }
}
