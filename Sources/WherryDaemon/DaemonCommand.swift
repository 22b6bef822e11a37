package import ArgumentParser
import Logging
import WherryLinux
import WherryModel
import WherrySystemd

/// `wherry daemon`: the service.
package struct DaemonCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "wherry daemon",
    abstract: "Serve containers on this machine",
    discussion: """
      On a machine run by systemd the daemon is started by wherry.socket and exits when it is idle. \
      Elsewhere it stays in the foreground and listens on a socket of its own. \
      Flags override \(DaemonSettings.defaultFile). 'wherry daemon cert' makes certificates for remote access.
      """)

  @Option(help: "Settings file (default: \(DaemonSettings.defaultFile), which may be missing).")
  var config: String?

  @Option(help: ArgumentHelp("Durable state.", valueName: "dir"))
  var state: String?

  @Option(help: ArgumentHelp("State that a reboot ends.", valueName: "dir"))
  var run: String?

  @Option(help: ArgumentHelp("Socket to listen on where systemd passed none.", valueName: "path"))
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "Serve TLS there too, where systemd passed no socket: 0.0.0.0:2378 or [::]:2378.",
      valueName: "address:port"))
  var remote: String?

  @Option(help: ArgumentHelp("Folder with ca.pem, cert.pem and key.pem for TLS.", valueName: "dir"))
  var tls: String?

  @Option(
    help: ArgumentHelp(
      "Exit after being idle so long, when socket-activated; 0: never.", valueName: "seconds"))
  var idleExit: Double?

  @Option(help: ArgumentHelp("Who keeps containers: auto, systemd or conmon.", valueName: "name"))
  var supervisor: String?

  @Option(help: ArgumentHelp("The OCI runtime to use.", valueName: "path"))
  var runtime: String?

  @Option(help: ArgumentHelp("The group whose members may use the daemon, as root may.", valueName: "name"))
  var group: String?

  @Option(
    name: .customLong("insecure-registry"),
    help: ArgumentHelp("A registry to speak plain HTTP to; may be repeated.", valueName: "host:port"))
  var insecureRegistries: [String] = []

  package init() {}

  /// Serves until a signal or idleness ends it. `arguments` follow the word `daemon`; gives the exit code.
  package static func serve(_ arguments: [String]) async -> Int32 {
    if arguments.first == "cert" {
      return CertCommand.serve(Array(arguments.dropFirst()))
    }
    if arguments.first == "socket-access" { return SocketAccess.main(Array(arguments.dropFirst())) }
    if arguments == ["shut-down"] { return ShutdownStamp.main() }
    let command: DaemonCommand
    do {
      command = try parse(arguments)
    } catch {
      exit(withError: error)
    }
    LoggingSystem.bootstrap { JournalLogHandler(label: $0) }
    let logger = Logger(label: "wherry")
    do {
      try await Daemon(settings: command.settings(), logger: logger).run()
      return 0
    } catch {
      logger.critical("cannot serve: \(WherryError.wrapping(error))")
      return 1
    }
  }

  /// Defaults, overridden by the settings file, overridden by flags.
  func settings() throws(WherryError) -> DaemonSettings {
    var settings = try DaemonSettings.read(config)
    if let state { settings.stateDirectory = try DaemonSettings.directory(state, of: "--state") }
    if let run { settings.runDirectory = try DaemonSettings.directory(run, of: "--run") }
    if let socket { settings.socket = try DaemonSettings.directory(socket, of: "--socket") }
    if let remote { settings.remote = remote }
    if let tls { settings.tlsDirectory = try DaemonSettings.directory(tls, of: "--tls") }
    if let idleExit { settings.idleExit = try DaemonSettings.idleExit(seconds: idleExit) }
    if let supervisor { settings.supervisor = try DaemonSettings.supervisor(named: supervisor) }
    if let runtime { settings.runtime = try DaemonSettings.directory(runtime, of: "--runtime") }
    if let group { settings.group = group }
    settings.insecureRegistries += insecureRegistries
    return settings
  }
}
