import Glibc

enum Environment {
  static var isUpdating: Bool { getenv("WHERRY_UPDATE_GOLDEN") != nil }
}
