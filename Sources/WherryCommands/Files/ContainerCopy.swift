import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

/// Copies between a container and here, as archives that flow.
struct ContainerCopy: Sendable {
  struct Outcome: Sendable {
    /// Of the archive.
    var bytes = 0
    /// Device nodes that were not made.
    var leftOut: [String] = []
  }

  private static let maximumLinks = 40

  let client: WherryCalls
  let container: String
  let archive: Bool
  private let pool = BlockingPool(maximumThreads: 1)

  init(client: WherryCalls, container: String, archive: Bool) {
    self.client = client
    self.container = container
    self.archive = archive
  }

  // MARK: Out

  func out(_ path: String, follow: Bool, to target: CopyPlace) async throws -> Outcome {
    let (path, status) = try await status(path, follow: follow)
    guard let status else {
      throw WherryError(.notFound, "Could not find the file \(path) in container \(container)")
    }
    guard case .local(let local) = target else {
      let writer = OutputWriter()
      return try await receive(path, name: nil) { try await writer.stdout($0) }
    }
    let isFolder = status.kind == .directory
    let plan = try CopyPlan(source: path, isFolder: isFolder, to: try LocalPath.destination(local))
    let isRoot = geteuid() == 0
    // A device that is not to be trusted writes nothing but what was asked for.
    let rules = ExtractionRules(
      owners: archive && isRoot ? .archived : .own, keepsPrivileges: archive, makesDevices: archive && isRoot,
      top: plan.name == "." ? nil : Array(plan.name.utf8))
    let extractor = TreeExtractor(into: try LocalPath.folder(plan.folder), rules: rules)
    let pool = pool
    do {
      var outcome = try await receive(path, name: plan.name) { bytes in
        try await pool.run { () throws(WherryError) in try extractor.write(bytes) }
      }
      try extractor.finish()
      outcome.leftOut = extractor.leftOut
      return outcome
    } catch {
      extractor.abandon()
      throw error
    }
  }

  private func receive(
    _ path: String, name: String?, _ take: ([UInt8]) async throws -> Void
  ) async throws -> Outcome {
    let call = try await client.containerCopyOut(
      ContainerCopyOutParams(container: container, path: path, name: name))
    var outcome = Outcome()
    for try await chunk in call.output {
      outcome.bytes += chunk.data.count
      try await take(chunk.data)
    }
    _ = try await call.result()
    return outcome
  }

  // MARK: In

  func into(_ path: String, from source: CopyPlace, follow: Bool) async throws -> Outcome {
    let (path, status) = try await status(path, follow: true)
    let destination = CopyPlan.Destination(
      path: path, exists: status != nil, isFolder: status?.kind == .directory)
    guard case .local(let local) = source else {
      guard destination.isFolder else {
        throw OptionError("destination \"\(container):\(path)\" must be a directory")
      }
      let reader = try InputReader.standardInput()
      // An archive says whose its files are.
      return try await send(to: path, keepsOwners: true) { try await reader.next() }
    }
    let (place, isFolder) = try LocalPath.source(local, follow: follow)
    let plan = try CopyPlan(source: place, isFolder: isFolder, to: destination)
    let archiver = try LocalPath.archiver(place, name: plan.name)
    let pool = pool
    return try await send(to: plan.folder, keepsOwners: archive) {
      try await pool.run { () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in try archiver.next() }
      }
    }
  }

  private func send(
    to folder: String, keepsOwners: Bool, _ next: @escaping @Sendable () async throws -> [UInt8]?
  ) async throws -> Outcome {
    let call = try await client.containerCopyIn(
      ContainerCopyInParams(container: container, folder: folder, keepOwners: keepsOwners ? true : nil))
    return try await withThrowingTaskGroup(of: Outcome.self) { group in
      group.addTask {
        var outcome = Outcome()
        do {
          while let bytes = try await next() {
            outcome.bytes += bytes.count
            var rest = bytes[...]
            while !rest.isEmpty {
              try await call.send(ArchiveChunk(data: Array(rest.prefix(32 << 10))))
              rest = rest.dropFirst(32 << 10)
            }
          }
          call.end()
        } catch let error as WherryError where error.code == .unavailable || error.code == .cancelled {
          // Why the daemon stopped listening is in the call's result.
        } catch {
          // What could not be read here is what the user must hear.
          call.cancel()
          throw error
        }
        return outcome
      }
      do {
        _ = try await call.result()
      } catch {
        group.cancelAll()
        // A failure here has cancelled the call.
        if let failure = await group.nextResult(), case .failure(let local) = failure,
          !(local is CancellationError)
        {
          throw local
        }
        throw error
      }
      return try await group.next() ?? Outcome()
    }
  }

  // MARK: Paths in the container

  /// What is there, and where, after the links a path ends with. Nil where nothing is.
  private func status(
    _ path: String, follow: Bool
  ) async throws -> (path: String, status: ContainerPathStatusResult?) {
    var path = path
    for _ in 0..<Self.maximumLinks {
      let status: ContainerPathStatusResult
      do {
        status = try await client.containerPathStatus(
          ContainerPathStatusParams(container: container, path: path))
      } catch let error as WherryError
        where error.code == .notFound && !error.message.hasPrefix("No such container")
      {
        return (path, nil)
      }
      guard follow, status.kind == .symbolicLink, let target = status.target else { return (path, status) }
      path = CopyPlan.follow(target, at: path)
    }
    throw WherryError(.failedPrecondition, "\(path) in container \(container): too many links")
  }
}
