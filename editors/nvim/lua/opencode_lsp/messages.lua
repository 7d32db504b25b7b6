--- `window/showMessage`: by `vim.notify`, as 0.10 would write without it.

local say = require("opencode_lsp.say")

local M = {}

---@param params lsp.ShowMessageParams
---@param context? { client_id: integer }
function M.handle(_, params, context)
  if context then
    require("opencode_lsp.dialogs").listen(params.message, context.client_id)
  end
  local types = vim.lsp.protocol.MessageType
  if params.type == types.Error then
    say.error(params.message)
  elseif params.type == types.Warning then
    say.warn(params.message)
  else
    say.info(params.message)
  end
end

return M
