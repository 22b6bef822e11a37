/// Where a copy goes and what it is called there: the rules of `docker cp` (moby's `PrepareArchiveCopy`).
struct CopyPlan: Equatable {
  /// To be unpacked in.
  var folder: String
  /// Of the archive's first entry; `.` is a folder's contents.
  var name: String

  struct Destination: Equatable {
    var path: String
    var exists: Bool
    var isFolder: Bool
  }

  /// `source` is a path; `/.` at its end means a folder's contents.
  init(source: String, isFolder: Bool, to destination: Destination) throws(OptionError) {
    let own = source.hasSuffix("/.") || source == "." ? "." : Self.split(source).name
    if destination.exists, destination.isFolder {
      self.init(folder: destination.path, name: own)
      return
    }
    if destination.exists, isFolder { throw OptionError("cannot copy directory") }
    if !destination.exists, !isFolder, Self.assertsFolder(destination.path) {
      throw OptionError("no such directory")
    }
    let (folder, name) = Self.split(destination.path)
    self.init(folder: folder, name: name)
  }

  private init(folder: String, name: String) {
    self.folder = folder
    self.name = name
  }

  /// The folder and the last name, without slashes and `.` at the end.
  static func split(_ path: String) -> (folder: String, name: String) {
    var parts = path.split(separator: "/").filter { $0 != "." }
    let name = parts.popLast().map(String.init) ?? "."
    let folder = parts.joined(separator: "/")
    if path.hasPrefix("/") { return ("/" + folder, name) }
    return (folder.isEmpty ? "." : folder, name)
  }

  static func assertsFolder(_ path: String) -> Bool {
    path.hasSuffix("/") || path.hasSuffix("/.") || path == "."
  }

  /// What a link at `path` leads to.
  static func follow(_ target: String, at path: String) -> String {
    if target.hasPrefix("/") { return target }
    let folder = split(path).folder
    return folder.hasSuffix("/") ? folder + target : folder + "/" + target
  }
}

/// A word of `cp`: a path here, in a container, or `-` for an archive on standard input or output.
enum CopyPlace: Equatable {
  case local(String)
  case container(String, path: String)
  case stream

  init(_ word: String) {
    self = .local(word)
    if word == "-" {
      self = .stream
    } else if !word.hasPrefix("/"), !word.hasPrefix("."), let colon = word.firstIndex(of: ":"),
      colon > word.startIndex
    {
      let path = String(word[word.index(after: colon)...])
      self = .container(String(word[..<colon]), path: path.hasPrefix("/") ? path : "/" + path)
    }
  }
}
