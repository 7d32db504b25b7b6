--- What happens in a buffer that the client is attached to: reloading, signs.

local config = require("opencode_lsp.config")

local M = {}

local group = vim.api.nvim_create_augroup("opencode_lsp.attach", {})
local is_set_up = false

--- Buffers that opencode's changes were shown in.
---@type table<integer, boolean>
local had_changes = {}

local function changed(bufnr)
  if not vim.api.nvim_buf_is_valid(bufnr) then
    return
  end
  local diagnostics = require("opencode_lsp.changes").of(bufnr)
  if config.ui.reload and (#diagnostics > 0 or had_changes[bufnr]) then
    require("opencode_lsp.reload").look(bufnr, diagnostics)
  end
  had_changes[bufnr] = #diagnostics > 0 or nil
  require("opencode_lsp.hunks").refresh(bufnr, diagnostics)
  require("opencode_lsp.status").changed()
end

local function set_up()
  is_set_up = true
  vim.api.nvim_create_autocmd("DiagnosticChanged", {
    group = group,
    callback = function(args)
      local bufnr = args.buf
      -- The event comes in the middle of the handler; a reload must not.
      vim.schedule(function()
        changed(bufnr)
      end)
    end,
  })
  -- Text that was saved or taken back: the file may be loaded now.
  vim.api.nvim_create_autocmd("BufModifiedSet", {
    group = group,
    callback = function(args)
      if config.ui.reload and not vim.bo[args.buf].modified then
        vim.schedule(function()
          if vim.api.nvim_buf_is_valid(args.buf) then
            require("opencode_lsp.reload").look(args.buf, require("opencode_lsp.changes").of(args.buf))
          end
        end)
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    callback = function(args)
      local client = vim.lsp.get_client_by_id(args.data.client_id)
      if client and client.name == "opencode" then
        require("opencode_lsp.hunks").clear(args.buf)
      end
      -- Whether the client ends is known after the event.
      vim.schedule(function()
        if not vim.lsp.get_client_by_id(args.data.client_id) then
          require("opencode_lsp.dialogs").forget(args.data.client_id)
          require("opencode_lsp.status").forget(args.data.client_id)
        end
      end)
    end,
  })
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.attached(client, bufnr)
  if not is_set_up then
    set_up()
  end
  local version = vim.tbl_get(client, "server_info", "version")
  if version and vim.version.lt(version, config.MINIMUM) then
    require("opencode_lsp.say").warn_once(
      ("opencode-lsp %s is older than %s, which this plugin needs"):format(version, config.MINIMUM)
    )
  end
  changed(bufnr)
end

return M
