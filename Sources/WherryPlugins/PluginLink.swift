import WherryEngine
import WherryLinux
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// A connection to a plugin, and the program at its other end where we have started it.
final class PluginLink: Sendable {
  /// Of a start: until the plugin has described itself.
  static let startTimeout = Duration.seconds(5)
  /// How long a program may take to end once its connection has.
  static let endTimeout = Duration.seconds(2)

  let file: PluginFile
  let attempt: UInt64
  let description: PluginDescribeResult
  let calls: PluginCalls
  private let driver: ConnectionDriver
  private let child: ChildProcess?

  private init(
    _ file: PluginFile, _ attempt: UInt64, _ description: PluginDescribeResult, _ driver: ConnectionDriver,
    _ child: ChildProcess?
  ) {
    self.file = file
    self.attempt = attempt
    self.description = description
    self.driver = driver
    self.child = child
    calls = PluginCalls(driver)
  }

  /// Starts a program, or connects to a socket, and asks what it is.
  static func open(
    _ file: PluginFile, attempt: UInt64, version: String, thread: EventLoopThread, pool: BlockingPool,
    output: @escaping @Sendable (String) -> FileDescriptorBox?
  ) async throws -> PluginLink {
    let (socket, child) = try await pool.run { () throws(WherryError) -> (Int32, ChildProcess?) in
      switch file.kind {
      case .socket: (try connect(file), nil)
      default: try start(file, output)
      }
    }
    var dialer = Dialer(thread: thread)
    dialer.settings = settings
    dialer.peer = Peer(role: .viewer, description: "plugin \(file.name)")
    let driver: ConnectionDriver
    do {
      driver = try await dialer.adopt(socket, keepalive: nil)
    } catch {
      await end(child)
      throw PluginErrors.failure(file.name, "cannot be used", error, ended: nil)
    }
    do {
      let description = try await PluginCalls(driver).pluginDescribe(
        PluginDescribeParams(name: file.name, version: version), deadline: startTimeout)
      try check(description, of: file)
      return PluginLink(file, attempt, description, driver, child)
    } catch {
      driver.close("the plugin is not usable")
      let reason = await end(child)
      throw PluginErrors.failure(file.name, "cannot be used", error, ended: reason)
    }
  }

  /// A plugin calls nothing here, and is sent no more than it reads.
  private static var settings: ConnectionSettings {
    var settings = ConnectionSettings()
    settings.maximumFrame = 1 << 20
    settings.maximumStreams = 0
    settings.initialCredit = 64 << 10
    // The first call's deadline comes before.
    settings.helloTimeout = startTimeout * 2
    settings.maximumQueued = 1 << 20
    settings.maximumWaiting = 1024
    return settings
  }

  private static func connect(_ file: PluginFile) throws(WherryError) -> Int32 {
    do throws(SystemError) {
      return try LocalStream.connectAtOnce(file.path).release()
    } catch {
      throw WherryError(
        .unavailable, "plugin \(file.name): connect to \(file.path): \(error.reason)",
        hint: "is its service running?", cause: error)
    }
  }

  /// The socket is its standard input, as of a service with `StandardInput=socket`; what it prints goes to the journal.
  private static func start(
    _ file: PluginFile, _ output: (String) -> FileDescriptorBox?
  ) throws(WherryError) -> (Int32, ChildProcess?) {
    do throws(SystemError) {
      let (ours, theirs) = try Pipe.socketPair()
      let journal = output(file.name)
      var spawn = Spawn(file.path, workingDirectory: "/")
      spawn.newSession = true
      let printed = journal?.rawValue ?? 2
      spawn.descriptors = [0: theirs.rawValue, 1: printed, 2: printed]
      let child = try spawn.start()
      let socket = try FileDescriptor.duplicating(ours.rawValue).release()
      withExtendedLifetime((ours, theirs, journal)) {}
      return (socket, child)
    } catch {
      throw WherryError(
        .unavailable, "plugin \(file.name): start \(file.path): \(error.reason)",
        hint: "is it a program for this machine, with its interpreter?", cause: error)
    }
  }

  private static func check(_ description: PluginDescribeResult, of file: PluginFile) throws(WherryError) {
    guard description.version.utf8.count <= 128, (description.description ?? "").utf8.count <= 1024,
      description.capabilities.count <= 16, (description.methods ?? []).count <= 1024
    else {
      throw WherryError(.protocolViolation, "what it says of itself is too long")
    }
  }

  var isOver: Bool { driver.isClosed }

  /// When the connection is over, whoever has ended it.
  func waitUntilClosed() async { await driver.waitUntilClosed() }

  /// Ends the connection, and the program unless it ends by itself. Gives how it ended, for an error's text.
  @discardableResult
  func stop() async -> ExitStatus? {
    driver.close("the daemon needs the plugin no more")
    return await Self.end(child)
  }

  @discardableResult
  private static func end(_ child: ChildProcess?) async -> ExitStatus? {
    guard let child else { return nil }
    return await Task {
      do {
        if let status = try await within(endTimeout, child) { return status }
        try child.send(9)
        // One that sleeps in the kernel does not end for that either.
        _ = try await within(endTimeout, child)
        return nil
      } catch {
        // It is reaped in the background.
        return nil
      }
    }.value
  }

  private static func within(_ time: Duration, _ child: ChildProcess) async throws -> ExitStatus? {
    try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
      group.addTask { try await child.wait() }
      group.addTask {
        try await Task.sleep(for: time)
        return nil
      }
      let first = try await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
