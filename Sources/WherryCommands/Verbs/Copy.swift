import ArgumentParser
import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

struct CopyVerb: Verb {
  static let synopsis = "cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH"
  static let configuration: CommandConfiguration = describe(
    "cp", "Copy files/folders between a container and the local filesystem")
  static let flagSet = FlagSet(flags: [
    .toggle("archive", "a"), .toggle("follow-link", "L"), .toggle("quiet", "q"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Archive mode (copy all uid/gid information)")
  var archive = false
  @Flag(name: [.customShort("L"), .long], help: "Always follow symbol link in SRC_PATH")
  var followLink = false
  @Flag(name: [.customShort("q"), .long], help: "Suppress progress output during copy")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    if words[0].isEmpty { throw OptionError("source can not be empty") }
    if words[1].isEmpty { throw OptionError("destination can not be empty") }
    switch (CopyPlace(words[0]), CopyPlace(words[1])) {
    case (.container, .container): throw OptionError("copying between containers is not supported")
    case (.container(let name, let path), let target):
      let copy = ContainerCopy(client: try await context.connect(), container: name, archive: archive)
      let count = try await copy.out(path, follow: followLink, to: target)
      report(count, "to \(words[1])", context, isSilent: target == .stream)
    case (let source, .container(let name, let path)):
      let copy = ContainerCopy(client: try await context.connect(), container: name, archive: archive)
      let count = try await copy.into(path, from: source, follow: followLink)
      report(count, "to \(words[1])", context, isSilent: false)
    default: throw OptionError("must specify at least one container source")
    }
    return 0
  }

  /// As Docker: only for somebody who looks.
  private func report(_ outcome: ContainerCopy.Outcome, _ where: String, _ context: Context, isSilent: Bool) {
    for name in outcome.leftOut {
      context.console.warn("device node \(name) was not made here: --archive as root does")
    }
    guard !quiet, !isSilent, context.console.errorIsTerminal else { return }
    context.console.note(
      "Successfully copied \(Human.size(UInt64(clamping: outcome.bytes), digits: 3)) \(`where`)")
  }
}
