/// Of this build; client and daemon are one binary, and say the same.
enum WherryVersion {
  static let current = "0.1.0"
}
