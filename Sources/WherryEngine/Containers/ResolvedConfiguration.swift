package import WherryModel
package import WherryOCI
package import WherryWire

/// What a container runs: the request merged with its image's defaults, as Docker merges them.
package struct ResolvedConfiguration: Sendable, Equatable {
  package static let defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  package static let defaultStopSignal = "SIGTERM"

  package var arguments: [String]
  package var environment: [String]
  package var workingDirectory: String
  package var user: String
  package var stopSignal: String

  /// Throws `invalidArgument` when nothing says what to run, or the image's defaults cannot be used.
  package init(_ spec: ContainerSpec, image: ImageConfiguration.Settings) throws(WherryError) {
    arguments = Self.arguments(spec, image)
    guard let command = arguments.first, !command.isEmpty else {
      throw WherryError(
        .invalidArgument,
        "no command specified: image \(Printable.text(spec.image)) has no CMD and no ENTRYPOINT",
        hint: "give a command after the image's name")
    }
    environment = try Self.environment(spec.environment ?? [], image: image.environment)
    workingDirectory = try WorkingDirectory.validate(
      spec.workingDirectory ?? image.workingDirectory ?? "/",
      origin: spec.workingDirectory == nil ? "the image's WORKDIR" : "--workdir")
    user = spec.user ?? image.user ?? ""
    _ = try UserName(user)
    stopSignal = spec.stopSignal ?? image.stopSignal ?? Self.defaultStopSignal
  }

  /// An entrypoint that was asked for, even an empty one, drops the image's command.
  private static func arguments(_ spec: ContainerSpec, _ image: ImageConfiguration.Settings) -> [String] {
    let command = spec.command.flatMap { $0.isEmpty ? nil : $0 }
    if let entrypoint = spec.entrypoint {
      return (entrypoint == [""] ? [] : entrypoint) + (command ?? [])
    }
    return (image.entrypoint ?? []) + (command ?? image.command ?? [])
  }

  /// The image's variables, PATH where it has none, then the request's; a `KEY` without `=` removes KEY.
  package static func environment(_ wanted: [String], image: [String]) throws(WherryError) -> [String] {
    var result = EnvironmentList(
      image.filter { $0.contains("=") && !$0.hasPrefix("=") && !$0.contains("\0") })
    result.setDefault(defaultPath)
    try result.apply(wanted)
    return result.entries
  }
}

/// `KEY=VALUE` entries in order, each key once.
package struct EnvironmentList: Sendable {
  package private(set) var entries: [String] = []

  package init(_ entries: [String] = []) {
    for entry in entries { set(entry) }
  }

  package static func key(_ entry: String) -> Substring { entry.prefix { $0 != "=" } }

  package mutating func set(_ entry: String) {
    let key = Self.key(entry)
    if let index = entries.firstIndex(where: { Self.key($0) == key }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
  }

  package mutating func setDefault(_ entry: String) {
    let key = Self.key(entry)
    if !entries.contains(where: { Self.key($0) == key }) { entries.append(entry) }
  }

  /// Throws `invalidArgument` for an entry without a name.
  package mutating func apply(_ wanted: [String]) throws(WherryError) {
    for entry in wanted {
      guard !entry.isEmpty, !entry.hasPrefix("="), !entry.utf8.contains(0) else {
        throw WherryError(
          .invalidArgument, "invalid environment variable \(Printable.text(entry).debugDescription)",
          hint: "--env takes NAME=VALUE")
      }
      if entry.contains("=") {
        set(entry)
      } else {
        entries.removeAll { Self.key($0) == entry }
      }
    }
  }
}
