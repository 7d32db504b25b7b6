-- Neovim 0.11 or newer, without the plugin: save this as ~/.config/nvim/lsp/opencode.lua, and write
--   vim.lsp.enable("opencode")
-- into ~/.config/nvim/init.lua. With the plugin (editors/nvim of opencode-lsp, for 0.10 or newer) you
-- need only this line, in init.lua:
--   require("opencode_lsp").setup({ cmd = { "opencode-lsp" } })

