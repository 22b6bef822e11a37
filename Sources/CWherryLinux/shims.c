#include "CWherryLinux.h"
