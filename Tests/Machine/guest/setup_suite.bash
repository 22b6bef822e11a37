. "$(dirname "${BASH_SOURCE[0]}")/../../System/lib/suite.bash"
