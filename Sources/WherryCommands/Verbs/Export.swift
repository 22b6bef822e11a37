import ArgumentParser
import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

struct ExportVerb: Verb {
  static let synopsis = "export [OPTIONS] CONTAINER"
  static let configuration: CommandConfiguration = describe(
    "export", "Export a container's filesystem as a tar archive")
  static let flagSet = FlagSet(flags: [.value("output", "o")])

  @Option(name: [.customShort("o"), .long], help: "Write to a file, instead of STDOUT")
  var output: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    if output == nil, context.console.isTerminal {
      throw OptionError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    }
    let client = try await context.connect()
    guard let output else {
      let writer = OutputWriter()
      try await receive(client) { try await writer.stdout($0) }
      return 0
    }
    let file = try NewFile(output)
    do {
      try await receive(client) { try file.write($0) }
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
    return 0
  }

  private func receive(_ client: WherryCalls, _ take: ([UInt8]) async throws -> Void) async throws {
    let call = try await client.containerExport(ContainerReference(container: words[0]))
    for try await chunk in call.output { try await take(chunk.data) }
    _ = try await call.result()
  }
}

/// A file that takes its name when it is complete. What is there and is no regular file, such as /dev/null, is
/// written to as it is.
struct NewFile: Sendable {
  private let path: String
  private let temporary: String?
  private let file: FileDescriptorBox

  init(_ path: String) throws(WherryError) {
    self.path = path
    do {
      let status = try Files.statusIfPresent(path, following: true)
      if status?.kind == .directory { throw SystemError(errno: EISDIR, "write", path) }
      if let status, status.kind != .regular {
        temporary = nil
        file = FileDescriptorBox(try FileDescriptor.open(path, [.writeOnly]))
        return
      }
      let folder = CopyPlan.split(path).folder
      let name = "\(folder)/.wherry-\(RandomName.next())"
      temporary = name
      file = FileDescriptorBox(
        try FileDescriptor.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600))
    } catch {
      throw WherryError.wrapping(error)
    }
  }

  func write(_ bytes: [UInt8]) throws(WherryError) {
    try WherryError.converting("write \(path)") { () throws(SystemError) in try file.file.write(bytes) }
  }

  func commit() throws(WherryError) {
    guard let temporary else { return }
    try WherryError.converting("write \(path)") { () throws(SystemError) in
      try Files.rename(temporary, to: path)
    }
  }

  func discard() {
    guard let temporary else { return }
    do { try Files.unlink(temporary) } catch { return }
  }
}
