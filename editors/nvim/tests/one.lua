--- `nvim -l one.lua FILE` runs each test of a file in a Neovim of its own, `nvim -l one.lua FILE NAME` one of them.
--- A file returns a table of functions by name.

local here = vim.fs.dirname(debug.getinfo(1, "S").source:sub(2))
package.path = here .. "/?.lua;" .. package.path
local file, name = _G.arg[1], _G.arg[2]

if name then
  vim.opt.runtimepath:prepend(vim.fs.dirname(here))
  vim.o.columns, vim.o.lines = 100, 40
  vim.cmd.runtime("plugin/opencode_lsp.lua")
  vim.cmd("filetype on")
  local ok, problem = xpcall(dofile(file)[name], function(problem)
    return debug.traceback(tostring(problem):sub(1, 3000))
  end)
  if not ok then
    io.stderr:write(problem, "\n")
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    client.rpc.terminate()
  end
  os.exit(ok and 0 or 1)
end

local failed = false
local names = vim.tbl_keys(dofile(file))
table.sort(names)
for _, each in ipairs(names) do
  local command = { vim.v.progpath, "--headless", "--clean", "-n", "-i", "NONE", "-l", _G.arg[0], file, each }
  local result = vim.system(command, { text = true, timeout = 30000 }):wait()
  if result.code ~= 0 then
    failed = true
  end
  print(("%s  %s%s"):format(result.code == 0 and "ok  " or "FAIL", each, result.code == 0 and "" or "\n" .. result.stderr))
end
print("")
os.exit(failed and 1 or 0)
