import ArgumentParser
import Glibc
import WherryLinux
import WherryModel
import WherryTLS

/// `wherry daemon cert`: makes the certificates that remote access needs. On any machine; nothing but files is made.
struct CertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wherry daemon cert",
    abstract: "Make a CA, and certificates of devices and clients",
    discussion: """
      The CA's key stays where it was made. A device gets ca.pem, cert.pem and key.pem in /etc/wherry/tls; a client \
      gets the same three names, for 'wherry context create NAME --wherry host=tcp://DEVICE,ca=…,cert=…,key=…'.
      """,
    subcommands: [Authority.self, Device.self, Client.self])

  /// Runs one of the subcommands; gives the exit code, 125 for words that cannot be understood.
  static func serve(_ arguments: [String]) -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      return 0
    } catch {
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code == .success {
        print(text)
        return 0
      }
      let line = Array((text + "\n").utf8)
      write(STDERR_FILENO, line, line.count)
      return code == .validationFailure ? 125 : 1
    }
  }

  struct Common: ParsableArguments {
    @Option(help: ArgumentHelp("Folder for the files; made if it is missing.", valueName: "dir"))
    var out: String
    @Option(help: ArgumentHelp("How long it is valid.", valueName: "days"))
    var days = 825

    func check() throws {
      guard (1...36_500).contains(days) else { throw ValidationError("--days is 1 to 36500") }
    }

    /// Overwrites nothing.
    func write(_ issued: CertificateIssuer.Issued, ca: [UInt8]?) throws {
      let files = TLSFiles(folder: out)
      try Files.makeDirectories(out)
      let certificate = ca == nil ? files.ca : files.certificate
      let key = ca == nil ? out + "/ca-key.pem" : files.key
      for path in [certificate, key] where try Files.exists(path) {
        throw ValidationError("\(path) exists; move it away or give another --out")
      }
      try Files.write(key, Array(issued.key.utf8), mode: 0o600)
      try Files.write(certificate, Array(issued.certificate.utf8), mode: 0o644)
      if let ca, try !Files.exists(files.ca) { try Files.write(files.ca, ca, mode: 0o644) }
      print("\(certificate)\n\(key)")
    }
  }

  struct Signer: ParsableArguments {
    @Option(help: ArgumentHelp("Folder with the CA's ca.pem and ca-key.pem.", valueName: "dir"))
    var ca: String

    func issuer() throws -> (CertificateIssuer, certificate: [UInt8]) {
      let certificate = try Files.read(ca + "/ca.pem", maximum: 64 << 10)
      let key = try Files.read(ca + "/ca-key.pem", maximum: 64 << 10)
      let issuer = try CertificateIssuer(
        certificate: String(decoding: certificate, as: UTF8.self), key: String(decoding: key, as: UTF8.self))
      return (issuer, certificate)
    }
  }

  struct Authority: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ca", abstract: "Make a CA: ca.pem and ca-key.pem")

    @OptionGroup var common: Common
    @Option(help: "Its name, for people.")
    var name = "Wherry CA"

    func run() throws {
      try common.check()
      try common.write(try CertificateIssuer.authority(name: name, days: common.days), ca: nil)
    }
  }

  struct Device: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a device's certificate")

    @OptionGroup var common: Common
    @OptionGroup var signer: Signer
    @Option(help: ArgumentHelp("Name or address clients reach it by; may be repeated.", valueName: "host"))
    var host: [String]

    func run() throws {
      try common.check()
      let (issuer, ca) = try signer.issuer()
      try common.write(
        try issuer.device(name: host.first ?? "device", hosts: host, days: common.days), ca: ca)
    }
  }

  struct Client: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a client's certificate")

    @OptionGroup var common: Common
    @OptionGroup var signer: Signer
    @Option(help: "Who it is, for logs.")
    var name: String
    @Option(help: "What it may do: viewer, operator or admin.")
    var role: String

    func run() throws {
      try common.check()
      guard let role = Role.allCases.first(where: { $0.name == role }) else {
        throw ValidationError("--role is viewer, operator or admin")
      }
      let (issuer, ca) = try signer.issuer()
      try common.write(try issuer.client(name: name, role: role, days: common.days), ca: ca)
    }
  }
}
