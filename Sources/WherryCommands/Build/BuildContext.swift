import WherryLinux
import WherryModel

/// Where a build's files are: a folder here, or an address that the builder fetches.
struct BuildContext {
  /// What the builder gets as its context.
  let place: String
  /// The Containerfile here; nil where it is in the context that the builder fetches.
  let file: String?

  /// `word` as Docker's: a folder, a URL, or `-` for a Containerfile on standard input without any files. `scratch`
  /// is an empty folder that ends with the build.
  init(_ word: String, file: String?, scratch: BuildScratch) async throws {
    if Self.isRemote(word) {
      guard file != "-" else {
        throw UsageError(message: "-f - needs a folder as context, not \(word)")
      }
      place = word
      self.file = nil
      return
    }
    if word == "-" {
      guard file == nil else {
        throw UsageError(message: "invalid argument: can't use stdin for both build context and dockerfile")
      }
      place = try scratch.makeFolder("context")
      self.file = try scratch.write("Containerfile", try await Self.standardInput())
      return
    }
    let folder = try WherryError.converting("look at \(word)") { () throws(SystemError) in
      try Files.statusIfPresent(word, following: true)
    }
    guard folder?.kind == .directory else {
      throw WherryError(
        .notFound, "unable to prepare context: path \(word.debugDescription) not found",
        hint: "give the folder with the files of the build, such as .")
    }
    place = word
    switch file {
    case "-": self.file = try scratch.write("Containerfile", try await Self.standardInput())
    case let file?: self.file = try Self.existing([file, "\(word)/\(file)"], named: file)
    case nil:
      self.file = try Self.existing(["\(word)/Dockerfile", "\(word)/Containerfile"], named: "Dockerfile")
    }
  }

  /// The schemes of docker build's remote contexts.
  static func isRemote(_ word: String) -> Bool {
    ["http://", "https://", "git://", "ssh://", "git@", "github.com/"].contains { word.hasPrefix($0) }
  }

  private static func existing(_ paths: [String], named name: String) throws -> String {
    for path in paths {
      let status = try WherryError.converting("look at \(path)") { () throws(SystemError) in
        try Files.statusIfPresent(path, following: true)
      }
      if let status, status.kind != .directory { return path }
    }
    throw WherryError(
      .notFound, "failed to read dockerfile: open \(name): no such file or directory",
      hint: "looked for \(paths.joined(separator: " and ")); name another with -f")
  }

  private static func standardInput() async throws -> [UInt8] {
    let reader = try InputReader.standardInput()
    var bytes: [UInt8] = []
    while let chunk = try await reader.next() {
      bytes += chunk
      guard bytes.count <= Buildah.maximumFile else {
        throw WherryError(
          .invalidArgument, "standard input is more than a Containerfile's 1 MiB",
          hint: "an archive is no context here: unpack it and give its folder")
      }
    }
    if bytes.starts(with: [0x1f, 0x8b]) || bytes.dropFirst(257).starts(with: Array("ustar".utf8)) {
      throw UsageError(
        message: "standard input is an archive, which is no context here",
        hint: "unpack it into a folder and give that")
    }
    return bytes
  }
}
