--- `opencode/input`: the question, asked with `vim.ui.input`.

local rpc = require("opencode_lsp.rpc")

local M = {}

---@param params { title: string, placeholder?: string, value?: string }
function M.handle(_, params)
  local title = params.title:gsub("%s*\n%s*", " "):gsub(":?%s*$", "")
  if params.placeholder and params.placeholder ~= "" then
    title = ("%s (%s)"):format(title, (params.placeholder:gsub("%s*\n%s*", " ")))
  end
  return rpc.await(function(done)
    vim.ui.input({ prompt = title .. ": ", default = params.value }, function(text)
      done(text ~= nil and text or vim.NIL)
    end)
  end)
end

return M
