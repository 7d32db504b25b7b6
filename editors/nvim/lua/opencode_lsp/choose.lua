--- `opencode/choose`: a menu, shown with `vim.ui.select`.

local rpc = require("opencode_lsp.rpc")

local M = {}

---@param params { title: string, items: { label: string, detail?: string }[] }
function M.handle(_, params)
  local options = {
    prompt = params.title:gsub("%s*\n%s*", " "),
    kind = "opencode",
    format_item = function(item)
      local text = item.detail and ("%s (%s)"):format(item.label, item.detail) or item.label
      return (text:gsub("%s*\n%s*", " "))
    end,
  }
  return rpc.await(function(done)
    vim.ui.select(params.items, options, function(_, index)
      done(index and index - 1 or vim.NIL)
    end)
  end)
end

return M
