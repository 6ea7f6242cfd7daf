// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/checks.hpp"

// What other software does with the links of pods.
namespace podwire::doctor {

Result<Problems> tc_filter(const Facts& facts);
Result<Problems> systemd_networkd(const Facts& facts);
Result<Problems> networkmanager(const Facts& facts);

}  // namespace podwire::doctor
