import WherryLinux
import WherryModel
package import WherryWire

extension DoctorFinding {
  package static func ok(_ check: DoctorCheck, _ seen: String, note: String? = nil) -> DoctorFinding {
    DoctorFinding(state: .ok, check: check.rawValue, seen: seen, remedy: note)
  }

  /// Works, but not as well or as long as it should.
  package static func warning(_ check: DoctorCheck, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(state: .warning, check: check.rawValue, seen: seen, remedy: remedy)
  }

  /// Something does not work.
  package static func fault(_ check: DoctorCheck, _ seen: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(state: .fault, check: check.rawValue, seen: seen, remedy: remedy)
  }

  /// It could not be found out.
  package static func unknown(_ check: DoctorCheck, _ seen: String, _ remedy: String? = nil) -> DoctorFinding
  {
    DoctorFinding(state: .unknown, check: check.rawValue, seen: seen, remedy: remedy)
  }

  package static func unknown(_ check: DoctorCheck, failing error: any Error) -> DoctorFinding {
    let error = WherryError.wrapping(error)
    return .unknown(check, error.message, error.hint)
  }
}
