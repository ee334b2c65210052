-- SPDX-License-Identifier: Apache-2.0
function handle(r)
  local total = 0
  for i = 1, 200000 do total = total + 1 end
  r.content_type = "application/json"
  r:puts('{"ok":true,"work":' .. total .. '}')
  return apache2.OK
end
